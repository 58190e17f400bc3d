import type * as pulumi from "@pulumi/pulumi";
import type { Secrets } from "../../config/secrets.ts";
import { LocalResource } from "./local-resource.ts";

interface KeptSettingsArgs {
  /** Settings that become environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Settings that become files, by their names. */
  readonly files: Readonly<Record<string, string>>;
  readonly secrets: pulumi.Input<Secrets>;
}

/**
 * Settings and secrets that a version took along when it came: nothing but a memory of the stack. Its name has to hold
 * slot and version, for it never changes.
 */
export class KeptSettings extends LocalResource {
  declare readonly env: pulumi.Output<Readonly<Record<string, string>>>;
  declare readonly files: pulumi.Output<Readonly<Record<string, string>>>;
  declare readonly secrets: pulumi.Output<Secrets>;

  constructor(name: string, args: KeptSettingsArgs, opts: pulumi.CustomResourceOptions) {
    super("KeptSettings", "components/docker/kept-settings-provider.ts", name, { ...args }, {
      ...opts,
      ignoreChanges: ["env", "files", "secrets"],
    });
  }
}
