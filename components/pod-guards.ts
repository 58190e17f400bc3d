import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Workload } from "../config/workload.ts";

export interface PodGuardsArgs {
  readonly app: App;
  readonly workload: Workload;
  /** What makes the pods; the guards are called after it. */
  readonly target: {
    readonly apiVersion: string;
    readonly kind: "Deployment" | "Rollout";
    readonly name: pulumi.Input<string>;
  };
  /** Selects the pods of the target. */
  readonly selector: Readonly<Record<string, string>>;
  /** Fewest pods, 1 or more. */
  readonly replicas: number;
  /** Whether pods may be taken away when the load falls. Not where the load may come back all at once. */
  readonly mayShrink: boolean;
}

/**
 * Declares what keeps enough pods of one workload: a budget for evictions and, where the stack asks for it, an autoscaler. A
 * workload without pods has no guards.
 */
export function guardPods(name: string, args: PodGuardsArgs, opts: pulumi.CustomResourceOptions): void {
  const { app, selector, target, workload } = args;
  const metadata = { name: target.name, namespace: app.namespace, labels: selector };
  new k8s.policy.v1.PodDisruptionBudget(
    `${name}-budget`,
    {
      metadata,
      spec: {
        maxUnavailable: workload.disruption.maxUnavailable,
        // A pod that is not ready serves nobody: it must not keep a node from being drained.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchLabels: selector },
      },
    },
    opts,
  );
  const { autoscaling } = workload;
  if (autoscaling !== undefined) {
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(
      `${name}-autoscaler`,
      { metadata, spec: autoscalerSpec(args, autoscaling) },
      opts,
    );
  }
}

/**
 * Options of a workload whose pods the autoscaler counts. Its number of pods is then a first value: Pulumi leaves out what
 * it may not change and another manager owns, so the autoscaler's number stays. Leaving the field out from the start would
 * not do: a field that is no longer applied, and that nobody else owns yet, falls back to one pod.
 */
export function leaveReplicas({ autoscaling }: Workload): pulumi.CustomResourceOptions {
  return autoscaling === undefined ? {} : { ignoreChanges: ["spec.replicas"] };
}

function autoscalerSpec(
  { mayShrink, replicas, target }: PodGuardsArgs,
  { max, targetCpuPercent }: NonNullable<Workload["autoscaling"]>,
) {
  return {
    scaleTargetRef: target,
    minReplicas: replicas,
    maxReplicas: max,
    metrics: [
      {
        type: "Resource",
        resource: { name: "cpu", target: { type: "Utilization", averageUtilization: targetCpuPercent } },
      },
    ],
    ...(mayShrink ? {} : { behavior: { scaleDown: { selectPolicy: "Disabled" } } }),
  };
}
