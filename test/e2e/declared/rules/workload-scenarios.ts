import type { Expected, Scenario } from "./scenario.ts";
import { counted, gauge } from "./series.ts";

/** What makes the pods, and where its replicas are told. */
export interface Maker {
  readonly name: string;
  readonly metric: "kube_deployment_status_replicas" | "rollout_info_replicas";
  readonly label: "deployment" | "name";
}

/** The alerts about pods fire and clear; what is no fault, or another service's, fires nothing. */
export function workloadScenarios({ label, metric, name: workload }: Maker): readonly Scenario[] {
  const replicas = (kind: "available" | "unavailable", name = workload) =>
    `${metric}_${kind}{namespace="shop",${label}="${name}"}`;
  const well = gauge(replicas("available"), 2);
  const labels = { [label]: workload };
  const pod = `${workload}-6c9d5fbb8-x2x4z`;
  const failed: Expected = {
    alert: "DeploymentFailed",
    severity: "critical",
    labels,
    summary: "checkout lacks replicas",
    description: "2 replicas have been unavailable for 5 m.",
  };
  const down: Expected = {
    alert: "ServiceUnavailable",
    severity: "critical",
    labels,
    summary: "checkout has no ready pod",
    description: `No replica of ${workload}, which serves the users, has been available for 1 m.`,
  };
  const restarting: Expected = {
    alert: "PodRestarting",
    severity: "warning",
    labels: { pod },
    summary: "A pod of checkout keeps restarting",
    description: `Pod ${pod} restarted 4 times within 15 m.`,
  };
  return [
    {
      name: "replicas that do not come for a while",
      series: [gauge(replicas("unavailable"), 0, { value: 2, from: 1, until: 8 }), well],
      timeline: [
        [5, []],
        [7, [failed]],
        [9, []],
      ],
    },
    {
      name: "no replica at all for a while",
      series: [gauge(replicas("available"), 2, { value: 0, from: 1, until: 5 })],
      timeline: [
        [1.5, []],
        [3, [down]],
        [6, []],
      ],
    },
    {
      name: "an object that is gone, while others are there",
      series: [gauge(replicas("available", "cart"), 2)],
      timeline: [[3, [down]]],
    },
    { name: "nobody who tells of replicas", series: [], timeline: [[5, []]] },
    {
      name: "four restarts",
      series: [counted(restartsOf(pod), 1, 4), well],
      timeline: [
        [1, []],
        [4, [restarting]],
        [19, []],
      ],
    },
    {
      name: "three restarts, and many of another service's pod",
      series: [counted(restartsOf(pod), 1, 3), counted(restartsOf(`${workload}-api-6c9d5fbb8-x2x4z`), 1, 9), well],
      timeline: [
        [4, []],
        [9, []],
      ],
    },
  ];
}

function restartsOf(pod: string): string {
  return `kube_pod_container_status_restarts_total{namespace="shop",pod="${pod}",container="checkout"}`;
}
