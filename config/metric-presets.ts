import type { App } from "./app.ts";
import { serviceHost, serviceNames } from "./names.ts";
import { SLOTS, type Slot } from "./release-state.ts";

/** Where the raw counters of one source of metrics are found, and which slot each of their series belongs to. */
export interface CounterPreset {
  /** One PromQL selector for all series of both slots, so that one query reads a consistent picture. */
  readonly selector: string;
  /** What a series counts, and for which slot; `undefined` when it is of no interest. */
  readonly classify: (
    labels: Readonly<Record<string, string>>,
  ) => { slot: Slot; counts: "requests" | "failed" } | undefined;
}

/** The name of the slot's Service in Envoy, as istiod makes it. */
export function envoyCluster(app: App, slot: Slot): string {
  return `outbound|${app.port}||${serviceHost(app, serviceNames.slot(app, slot))}`;
}

/**
 * Envoy's own counters at the edge, per upstream cluster: what users got, also when no pod answered.
 * Requests forced to one side, by the testers' header or a segment, go to other clusters and are not among these.
 */
export function envoyPreset(app: App): CounterPreset {
  const slots = new Map<string, Slot>(SLOTS.map((slot) => [envoyCluster(app, slot), slot]));
  const clusters = [...slots.keys()].map(escapeRegex).join("|");
  return {
    selector:
      '{__name__=~"envoy_cluster_upstream_rq_completed|envoy_cluster_upstream_rq_xx",' +
      `envoy_response_code_class=~"|5",cluster_name=~"${clusters}"}`,
    classify: (labels) => {
      const slot = slots.get(labels.cluster_name ?? "");
      if (slot === undefined) return undefined;
      return { slot, counts: labels.__name__ === "envoy_cluster_upstream_rq_xx" ? "failed" : "requests" };
    },
  };
}

/** For a regular expression inside a quoted PromQL string, where the backslash itself is escaped. */
function escapeRegex(text: string): string {
  return text.replace(/[.|]/g, "\\\\$&");
}
