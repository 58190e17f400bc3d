import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** The part of Kong's plugin `canary` that is used here (docs: Kong Gateway Enterprise, plugin "Canary Release"). */
export interface CanaryPluginConfig {
  /** Share of the requests that go to `upstream_host`. */
  readonly percentage: number;
  readonly upstream_host: string;
  readonly upstream_port: number;
  readonly hash: "none" | "consumer" | "ip" | "header" | "allow" | "deny";
  readonly hash_header?: string;
  /** With hash `allow` or `deny`, which know no percentage. */
  readonly groups?: readonly string[];
}

export interface KongPluginArgs {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly plugin: "canary";
  readonly config: CanaryPluginConfig;
}

/** A plugin of Kong, configured for one service. Its definition has no `spec`. */
export class KongPlugin extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: KongPluginArgs, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "configuration.konghq.com/v1", kind: "KongPlugin", ...args }, opts);
  }
}
