import type * as pulumi from "@pulumi/pulumi";
import type { Docker } from "../../config/docker.ts";
import type { Secrets } from "../../config/secrets.ts";
import { LocalResource } from "./local-resource.ts";

/** Settings of a version, and where they go. */
export interface KeptSettingsInputs {
  readonly docker: Pick<Docker, "host" | "tls">;
  /** Name of the volume for files. */
  readonly volume: string;
  readonly image: string;
  /** Settings that become environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Settings that become files, by their names. */
  readonly files: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
}

type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/**
 * Settings and secrets that a version took along when it came: variables remembered by the stack, files in a volume. Its
 * name has to hold slot and version, for it never changes. It is there also when it is empty: were it made with the first
 * setting only, that setting would reach the versions that run already.
 */
export class KeptSettings extends LocalResource {
  declare readonly env: pulumi.Output<Readonly<Record<string, string>>>;
  declare readonly secrets: pulumi.Output<Secrets>;

  constructor(name: string, args: Inputs<KeptSettingsInputs>, opts: pulumi.CustomResourceOptions) {
    super(
      "KeptSettings",
      "components/docker/kept-settings-provider.ts",
      name,
      { ...args },
      { ...opts, ignoreChanges: Object.keys(args) },
    );
  }
}
