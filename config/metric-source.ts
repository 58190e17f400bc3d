import { SLOTS, type Slot } from "./release-state.ts";

/** What a label of a series must be; patterns are RE2 and have to match the whole value. */
export interface LabelMatch {
  readonly label: string;
  readonly op: "=" | "=~" | "!~";
  readonly value: string;
}

/**
 * What counts requests, and what its series are called. One description serves the gate's counters, the alert rules and
 * the dashboard, so that all three speak of the same requests.
 */
export interface MetricSource {
  /** Counter of answered requests. */
  readonly requests: string;
  /** Counter that holds the failed ones, status 5xx: those of its series that match `failure`. */
  readonly failed: string;
  readonly failure: LabelMatch;
  /** Histogram of the time that answers took, by its `_bucket` series. */
  readonly latency: { readonly buckets: string; readonly unit: "ms" | "s" };
  /** What all these series have in common. */
  readonly common: readonly LabelMatch[];
  /** What tells the slots apart: one label, with a value for each. */
  readonly slots: Readonly<Record<Slot, LabelMatch>>;
  /** Who counts: an edge that sees both slots, or pods that each belong to one. */
  readonly counted: "edge" | "pods";
  /** Whether a series begins, at 0, with what it is about, or only with its first request. */
  readonly born: "at the start" | "with the first request";
}

/** What the series of a counter count. */
export type Counted = "requests" | "failed";

/** Where the raw counters of one source of metrics are found, and which slot each of their series belongs to. */
export interface CounterPreset {
  /** One PromQL selector for all series of both slots, so that one query reads a consistent picture. */
  readonly selector: string;
  /** What a series counts, and for which slot; `undefined` when it is of no interest. */
  readonly classify: (
    labels: Readonly<Record<string, string>>,
  ) => { readonly slot: Slot; readonly counts: readonly Counted[] } | undefined;
  readonly counted: MetricSource["counted"];
  readonly born: MetricSource["born"];
}

/** The source's raw counters, for the gate. */
export function counterPreset(source: MetricSource): CounterPreset {
  const { born, common, counted, failed, failure, requests, slots } = source;
  const fits = (match: LabelMatch, labels: Readonly<Record<string, string>>) =>
    new RegExp(`^(?:${patternOf(match)})$`).test(labels[match.label] ?? "") === (match.op !== "!~");
  return {
    selector: selectCounters(source),
    classify(labels) {
      const slot = SLOTS.find((candidate) => fits(slots[candidate], labels));
      if (slot === undefined || !common.every((match) => fits(match, labels))) return undefined;
      if (requests !== failed) return { slot, counts: [labels.__name__ === failed ? "failed" : "requests"] };
      return { slot, counts: fits(failure, labels) ? ["requests", "failed"] : ["requests"] };
    },
    counted,
    born,
  };
}

function selectCounters({ common, failed, failure, requests, slots }: MetricSource): string {
  const both = [...common, eitherSlot(slots)];
  if (requests === failed) return selector(requests, both);
  const ofFailures: LabelMatch = { label: failure.label, op: "=~", value: `|${patternOf(failure)}` };
  return selector("", [{ label: "__name__", op: "=~", value: `${requests}|${failed}` }, ofFailures, ...both]);
}

/** A match for the series of both slots. */
export function eitherSlot({ blue, green }: MetricSource["slots"]): LabelMatch {
  return { label: blue.label, op: "=~", value: `${patternOf(blue)}|${patternOf(green)}` };
}

/** A PromQL selector. */
export function selector(metric: string, matches: readonly LabelMatch[]): string {
  const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
  return `${metric}{${matches.map(({ label, op, value }) => `${label}${op}${quote(value)}`).join(",")}}`;
}

function patternOf({ op, value }: LabelMatch): string {
  return op === "=" ? escapePattern(value) : value;
}

/** For a pattern that has to match this text as it is. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
