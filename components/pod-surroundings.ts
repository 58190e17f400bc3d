import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Workload } from "../config/workload.ts";
import { selectApp } from "./internal/labels.ts";

export interface PodSurroundingsArgs {
  readonly app: App;
  readonly workload: Workload;
}

export interface PodSurroundings {
  /** Name of the ServiceAccount. */
  readonly serviceAccount: pulumi.Output<string>;
  /** What pods come after. */
  readonly objects: pulumi.Resource[];
}

/** Declares what all pods of a service share, whatever their version: who they are, and who may connect to them. */
export function declareSurroundings(
  name: string,
  { app, workload }: PodSurroundingsArgs,
  opts: pulumi.CustomResourceOptions,
): PodSurroundings {
  const metadata = { name: app.name, namespace: app.namespace, labels: selectApp(app) };
  const { annotations, token } = workload.serviceAccount;
  const account = new k8s.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata: { ...metadata, annotations }, automountServiceAccountToken: token },
    opts,
  );
  const { networkPolicy } = workload;
  if (networkPolicy === undefined) return { serviceAccount: account.metadata.name, objects: [account] };
  const { namespaces, ports } = networkPolicy;
  const network = new k8s.networking.v1.NetworkPolicy(
    `${name}-network`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selectApp(app) },
        policyTypes: ["Ingress"],
        ingress: [{ from: [fromNamespaces(namespaces)], ports: [app.port, ...ports].map((port) => ({ port })) }],
      },
    },
    opts,
  );
  return { serviceAccount: account.metadata.name, objects: [account, network] };
}

/** Every namespace has its name as a label; the probes of the node's kubelet are let through in any case. */
function fromNamespaces(values: readonly string[]) {
  return {
    namespaceSelector: {
      matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: [...values] }],
    },
  };
}
