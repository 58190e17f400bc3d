import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Flags } from "../config/flags.ts";
import { FLAGS_FILE, FLAGS_VERSION_ANNOTATION } from "../config/limits.ts";
import { renderFlags } from "./internal/flag-definitions.ts";
import { selectApp } from "./internal/labels.ts";

export interface FeatureFlagsArgs {
  readonly app: App;
  readonly flags: Flags;
}

/**
 * Feature flags as one file that all versions of a service share. A change reaches running pods within the kubelet's sync
 * period, a minute or so, and touches no pod: the ConfigMap keeps its name.
 */
export class FeatureFlags extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:FeatureFlags";
  /** Name of the ConfigMap, which pods mount as a directory. */
  readonly configMap: pulumi.Output<string>;

  constructor(name: string, { app, flags }: FeatureFlagsArgs, opts: pulumi.ComponentResourceOptions) {
    super(FeatureFlags.__pulumiType, name, {}, opts);
    const { json, version } = renderFlags(flags);
    const config = new k8s.core.v1.ConfigMap(
      `${name}-config`,
      {
        metadata: {
          name: `${app.name}-flags`,
          namespace: app.namespace,
          labels: selectApp(app),
          annotations: { [FLAGS_VERSION_ANNOTATION]: version },
        },
        data: { [FLAGS_FILE]: json },
      },
      { parent: this },
    );
    this.configMap = config.metadata.name;
    this.registerOutputs({ configMap: this.configMap });
  }
}
