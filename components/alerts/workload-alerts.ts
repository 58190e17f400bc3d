import { formatDuration } from "../../config/duration.ts";
import { escapePattern, selector, type LabelMatch } from "../../config/metric-source.ts";
import { serviceNames } from "../../config/names.ts";
import { promDuration } from "../../config/promql.ts";
import { SLOTS } from "../../config/release-state.ts";
import { hasSlots } from "../../config/strategy.ts";
import type { Observed } from "../internal/observed.ts";
import type { Alert } from "./alert.ts";

/** Alerts about the pods, on what kube-state-metrics tells (and, of a Rollout, Argo's controller). */
export function workloadAlerts(observed: Observed): readonly Alert[] {
  return [deploymentFailed(observed), podRestarting(observed), serviceUnavailable(observed)];
}

function deploymentFailed(observed: Observed): Alert {
  const { app, observability } = observed;
  const { all, metric } = replicasOf(observed);
  return {
    name: "DeploymentFailed",
    when: `${metric("unavailable", all)} > 0`,
    holds: observability.unavailableFor,
    severity: "critical",
    summary: `${app.name} lacks replicas`,
    description: `{{ $value }} replicas have been unavailable for ${formatDuration(observability.unavailableFor)}.`,
  };
}

/**
 * A pod's count of restarts never goes back, so the difference within the time is exact; `increase` would extrapolate
 * three restarts to more than three.
 */
function podRestarting(observed: Observed): Alert {
  const { app, observability } = observed;
  const { restarts, restartsWithin } = observability;
  const { all } = replicasOf(observed);
  // The last two parts are the hash of the pods' template and the pod's own: no pod of another service has this name.
  const names = `(${all.map(escapePattern).join("|")})-[a-z0-9]+-[a-z0-9]{5}`;
  const count = `${selector("kube_pod_container_status_restarts_total", [inNamespace(app.namespace), { label: "pod", op: "=~", value: names }])}[${promDuration(restartsWithin)}]`;
  return {
    name: "PodRestarting",
    when: `max by (pod) (max_over_time(${count}) - min_over_time(${count})) > ${restarts}`,
    holds: 0,
    severity: "warning",
    summary: `A pod of ${app.name} keeps restarting`,
    description: `Pod {{ $labels.pod }} restarted {{ $value }} times within ${formatDuration(restartsWithin)}.`,
  };
}

/** Also when the object is gone, unless it is kube-state-metrics that is silent. */
function serviceUnavailable(observed: Observed): Alert {
  const { app, observability } = observed;
  const { any, metric, serving } = replicasOf(observed);
  const available = metric("available", [serving]);
  return {
    name: "ServiceUnavailable",
    when: `${available} == 0 or (absent(${available}) unless on () absent(${any("available")}))`,
    holds: observability.downFor,
    severity: "critical",
    summary: `${app.name} has no ready pod`,
    description: `No replica of ${serving}, which serves the users, has been available for ${formatDuration(observability.downFor)}.`,
  };
}

type Replicas = "available" | "unavailable";

/** The objects that make the pods, and their metrics. */
interface Workloads {
  readonly all: readonly string[];
  /** The one whose pods the users' requests need. */
  readonly serving: string;
  readonly any: (replicas: Replicas) => string;
  readonly metric: (replicas: Replicas, names: readonly string[]) => string;
}

function replicasOf({ app, release, strategy }: Observed): Workloads {
  const argo = strategy.kind === "argo";
  const any = (replicas: Replicas) =>
    argo ? `rollout_info_replicas_${replicas}` : `kube_deployment_status_replicas_${replicas}`;
  const metric = (replicas: Replicas, names: readonly string[]) =>
    selector(any(replicas), [inNamespace(app.namespace), named(argo ? "name" : "deployment", names)]);
  if (!hasSlots(strategy)) return { all: [app.name], serving: app.name, any, metric };
  const filled = SLOTS.filter((slot) => release[slot] !== undefined);
  return {
    all: filled.map((slot) => serviceNames.slot(app, slot)),
    serving: serviceNames.slot(app, release.live),
    any,
    metric,
  };
}

function named(label: string, names: readonly string[]): LabelMatch {
  const [only = ""] = names;
  return names.length === 1 ? { label, op: "=", value: only } : { label, op: "=~", value: names.join("|") };
}

function inNamespace(namespace: string): LabelMatch {
  return { label: "namespace", op: "=", value: namespace };
}
