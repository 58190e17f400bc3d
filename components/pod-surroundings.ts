import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Workload } from "../config/workload.ts";
import { selectApp } from "./internal/labels.ts";

export interface PodSurroundingsArgs {
  readonly app: App;
  readonly workload: Workload;
}

/** What all pods of a service share, whatever their version: who they are, and who may connect to them. */
export class PodSurroundings extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:PodSurroundings";
  /** Name of the ServiceAccount. */
  readonly serviceAccount: pulumi.Output<string>;

  constructor(name: string, { app, workload }: PodSurroundingsArgs, opts: pulumi.ComponentResourceOptions) {
    super(PodSurroundings.__pulumiType, name, {}, opts);
    const metadata = { name: app.name, namespace: app.namespace, labels: selectApp(app) };
    const { annotations, token } = workload.serviceAccount;
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { ...metadata, annotations }, automountServiceAccountToken: token },
      { parent: this },
    );
    const { networkPolicy } = workload;
    if (networkPolicy !== undefined) {
      const { namespaces, ports } = networkPolicy;
      new k8s.networking.v1.NetworkPolicy(
        `${name}-network`,
        {
          metadata,
          spec: {
            podSelector: { matchLabels: selectApp(app) },
            policyTypes: ["Ingress"],
            ingress: [{ from: [fromNamespaces(namespaces)], ports: [app.port, ...ports].map((port) => ({ port })) }],
          },
        },
        { parent: this },
      );
    }
    this.serviceAccount = account.metadata.name;
    this.registerOutputs({});
  }
}

/** Every namespace has its name as a label; the probes of the node's kubelet are let through in any case. */
function fromNamespaces(values: readonly string[]) {
  return {
    namespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...values] }],
    },
  };
}
