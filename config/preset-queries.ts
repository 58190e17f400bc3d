import type { App } from "./app.ts";
import type { GatePreset } from "./declared-gate.ts";
import { metricSource, type Measured } from "./metric-presets.ts";
import { selector, type LabelMatch } from "./metric-source.ts";
import { failureRate, latencyQuantile, requestRate, requestsWithin } from "./promql.ts";
import { parseCpu, parseMemory } from "./quantity.ts";
import type { Slot } from "./release-state.ts";
import type { Workload } from "./workload.ts";

/** What must be known of a stack to ask for its pods and requests. */
export interface Asked extends Measured {
  readonly workload: Pick<Workload, "resources">;
}

/** What a preset asks for the version in a slot, with variables; `undefined` where only the service can know. */
export function presetQuery(preset: GatePreset, stack: Asked, slot: Slot): string | undefined {
  return QUERIES[preset]?.(stack, slot);
}

const WINDOW = "{{ window }}";

/** Requests within the window below which a p95 is the time of a handful of answers: the first ones of each pod. */
const MANY = 100;

/** The query's number where it rests on enough requests, else NaN. */
export function whereMany(query: string, stack: Asked, slot: Slot): string {
  return `(${query} and ${requestsWithin(metricSource(stack), slot, WINDOW)} >= ${MANY}) or ${query} * NaN`;
}

/** What a business counts is known to nobody but its service. */
const QUERIES: Readonly<Partial<Record<GatePreset, (stack: Asked, slot: Slot) => string>>> = {
  cpu: ({ app, workload }) => {
    const used = `sum by (pod) (rate(${ofContainer("container_cpu_usage_seconds_total", app)}[${WINDOW}]))`;
    return `avg(${used}) / ${parseCpu(workload.resources.limits.cpu)}`;
  },
  memory: ({ app, workload }) =>
    `max(${ofContainer("container_memory_working_set_bytes", app)}) / ${parseMemory(workload.resources.limits.memory)}`,
  heap: () => {
    // Micrometer 1.13 and later write it without its unit.
    const name: LabelMatch = { label: "__name__", op: "=~", value: "jvm_memory_usage_after_gc(_percent)?" };
    const area: LabelMatch = { label: "area", op: "=", value: "heap" };
    return `max(${selector("", [name, ...["namespace", "app", "slot"].map(variable), area])})`;
  },
  throughput: (stack, slot) => {
    const source = metricSource(stack);
    return `(${requestRate(source, slot, WINDOW)} - ${failureRate(source, slot, WINDOW)}) / {{ weight }}`;
  },
  errorShare: (stack, slot) => {
    const source = metricSource(stack);
    return `${failureRate(source, slot, WINDOW)} / ${requestRate(source, slot, WINDOW)}`;
  },
  latencyP95: (stack, slot) => latencyQuantile(metricSource(stack), slot, 0.95, WINDOW),
};

/** The service's own container in the slot's pods, as cAdvisor names them. */
function ofContainer(metric: string, app: App): string {
  const pods: LabelMatch = { label: "pod", op: "=~", value: "{{ app }}-{{ slot }}-.*" };
  return selector(metric, [variable("namespace"), pods, { label: "container", op: "=", value: app.name }]);
}

function variable(name: string): LabelMatch {
  return { label: name, op: "=", value: `{{ ${name} }}` };
}
