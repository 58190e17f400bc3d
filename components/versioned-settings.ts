import { createHash, scryptSync } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Settings } from "../config/settings.ts";

export interface VersionedSettingsArgs {
  readonly app: App;
  readonly settings: Settings;
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the version that reads them. */
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  /**
   * `version`: the settings are taken once, when the version comes, and stay as they are until it goes; the name given
   * here must then hold slot and version. `content`: a change makes new objects, whose new names roll the pods. The
   * old ones stay, for revisions that may come back and for pods that serve until others have taken over; so names are
   * Pulumi's own, because content that comes back would find its name taken.
   */
  readonly keptBy: "version" | "content";
}

/** Where pods find their settings. */
export interface SettingsNames {
  /** Name of the ConfigMap: variables in `data`, files in `binaryData`. */
  readonly config: pulumi.Input<string>;
  /** Name of the Secret. */
  readonly secret: pulumi.Input<string>;
}

/**
 * Declares settings and secrets of one version. Both objects exist even when they are empty: were they made with the first setting
 * only, that setting would reach the versions that run already.
 */
export function declareSettings(
  name: string,
  args: VersionedSettingsArgs,
  opts: pulumi.CustomResourceOptions,
): SettingsNames {
  const { app, keptBy, labels, secrets, settings, version } = args;
  const metadataOf = (fingerprint: pulumi.Input<string>) => ({
    ...(keptBy === "version"
      ? { name: pulumi.output(fingerprint).apply((print) => objectName(app, version, [name, print])) }
      : {}),
    namespace: app.namespace,
    labels,
  });
  // Pulumi then compares with what it made, not with what the stack file says now. The name is part of that: it tells
  // the content.
  const kept = (...fields: string[]): pulumi.CustomResourceOptions =>
    keptBy === "version" ? { ignoreChanges: [...fields, "metadata.name"] } : { retainOnDelete: true };
  const config = new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: metadataOf(JSON.stringify([settings.env, settings.files])),
      immutable: true,
      data: settings.env,
      // `envFrom` reads `data` alone, a volume reads both: so no file becomes a variable, and one object is enough.
      binaryData: mapStrings(settings.files, encode),
    },
    { ...opts, ...kept("data", "binaryData") },
  );
  // The name is no secret: it has to be legible in the pods.
  const print = pulumi.unsecret(pulumi.output(secrets).apply((values) => fingerprintSecrets(app, values)));
  const secret = new k8s.core.v1.Secret(
    `${name}-secret`,
    { metadata: metadataOf(print), immutable: true, ...contentOf(secrets, keptBy) },
    { ...opts, ...kept("data", "stringData") },
  );
  return { config: config.metadata.name, secret: secret.metadata.name };
}

/**
 * What is compared has to be written as it is read back, and that is neither `stringData` nor an empty `data`: after a
 * refresh either would be a difference, and a new Secret would roll the pods.
 */
function contentOf(secrets: pulumi.Input<Secrets>, keptBy: VersionedSettingsArgs["keptBy"]): k8s.core.v1.SecretArgs {
  return keptBy === "version" ? { stringData: secrets } : secretData(secrets);
}

/** The content of a Secret that follows the stack file, as the API server gives it back. */
export function secretData(secrets: pulumi.Input<Secrets>): k8s.core.v1.SecretArgs {
  // An encrypted nothing could not be sent to the provider, so a service without secrets has to say so openly.
  if (!pulumi.Output.isInstance(secrets) && Object.keys(secrets).length === 0) return {};
  return { data: pulumi.output(secrets).apply((values) => mapStrings(values, encode)) };
}

/** A name that changes with the content. Versions may hold letters and runs of signs that no name of an object may. */
function objectName(app: App, version: string, content: readonly string[]): string {
  const legible = version.toLowerCase().replace(/[^a-z0-9]+/g, (signs) => (signs === "." ? "." : "-"));
  const hash = createHash("sha256").update(JSON.stringify([version, ...content]));
  return `${app.name}-${legible}-${hash.digest("hex").slice(0, 10)}`;
}

/** Slow on purpose: who sees the name of the Secret must not be able to try out short passwords against it. */
function fingerprintSecrets(app: App, secrets: Secrets): string {
  const content = JSON.stringify(Object.entries(secrets).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  if (content === "[]") return "";
  return scryptSync(content, `${app.namespace}/${app.name}`, 32).toString("hex");
}

function encode(text: string): string {
  return Buffer.from(text).toString("base64");
}

function mapStrings(values: Readonly<Record<string, string>>, change: (value: string) => string) {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]));
}
