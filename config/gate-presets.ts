import { GATE_DEFAULTS, type DeclaredGateEntry, type GatePreset } from "./declared-gate.ts";
import type { Gate } from "./gate.ts";
import type { Metrics } from "./metrics.ts";
import { presetQuery, whereMany, type Asked } from "./preset-queries.ts";
import { SLOTS, type Slot } from "./release-state.ts";

/** A declared gate with everything decided: what presets, free queries and emergencies all become. */
export interface DeclaredGate {
  readonly name: string;
  /** Where it is set, below `sluice:`. */
  readonly setting: string;
  readonly preset: GatePreset | undefined;
  /** What to ask for a version in each slot; variables are not yet replaced. */
  readonly queries: Readonly<Record<Slot, string>>;
  readonly worse: "higher" | "lower";
  readonly limit?: number | undefined;
  readonly passAt?: number | undefined;
  readonly compare?: DeclaredGateEntry["compare"];
  readonly unit: "plain" | "share" | "seconds";
  /** ms, as all times here. */
  readonly window: number;
  readonly interval: number;
  /** At least the window. */
  readonly warmup: number;
  readonly consecutiveFailureLimit: number;
  readonly failureLimit: number | undefined;
  readonly inconclusiveLimit: number;
  readonly consecutiveErrorLimit: number;
  readonly onNoData: "inconclusive" | "error";
  readonly onFailure: "rollback" | "pause";
  readonly required: boolean;
}

/** What must be known of a stack to write out its gates. */
export interface Gated extends Asked {
  readonly gate: Pick<Gate, "declared" | "emergency">;
  readonly metrics: Metrics;
}

/** A gate before its fields are looked at: some may still be missing. */
export type GateDraft = Omit<DeclaredGate, "queries" | "worse"> & {
  readonly queries: DeclaredGate["queries"] | undefined;
  readonly worse: DeclaredGate["worse"] | undefined;
};

/** A rate needs several scrapes. */
const SCRAPES_IN_WINDOW = 4;

const EMERGENCY_INTERVAL = 30_000;

export const EMERGENCY_GATES = { errors: "emergencyErrors", latency: "emergencyLatency" } as const;

/** All gates of a stack whose configuration has been checked: the declared ones, then the emergencies. */
export function declaredGates(stack: Gated): readonly DeclaredGate[] {
  return draftGates(stack).map(({ queries, worse, ...rest }) => {
    if (queries === undefined || worse === undefined) throw new RangeError(`gate ${rest.name} is not complete`);
    return { ...rest, queries, worse };
  });
}

/** The same before the check: what is missing is still missing. */
export function draftGates(stack: Gated): readonly GateDraft[] {
  const declared = Object.entries(stack.gate.declared).map(([name, entry]) => draft(name, entry, stack));
  return [...declared, ...emergencies(stack)];
}

function draft(name: string, entry: DeclaredGateEntry, stack: Gated): GateDraft {
  const preset: Own = entry.preset === undefined ? {} : PRESETS[entry.preset];
  const { scrapeInterval } = stack.metrics;
  const own = { ...GATE_DEFAULTS, ...preset, ...said(entry) };
  const window = entry.window ?? Math.max(own.window, SCRAPES_IN_WINDOW * scrapeInterval);
  return {
    name,
    setting: `gate.declared.${name}`,
    preset: entry.preset,
    queries: queriesOf(entry, stack),
    worse: own.worse,
    limit: own.limit,
    passAt: own.passAt,
    compare: own.compare,
    unit: own.unit,
    window,
    interval: entry.interval ?? Math.max(own.interval, scrapeInterval),
    warmup: Math.max(entry.warmup ?? 0, window),
    consecutiveFailureLimit: own.consecutiveFailureLimit,
    failureLimit: own.failureLimit,
    inconclusiveLimit: own.inconclusiveLimit,
    consecutiveErrorLimit: own.consecutiveErrorLimit,
    onNoData: own.onNoData,
    onFailure: own.onFailure,
    required: own.required,
  };
}

/** What an author or a preset says of a gate. */
type Own = { readonly [K in Exclude<keyof DeclaredGateEntry, "preset" | "query">]?: NonNullable<DeclaredGateEntry[K]> };

function said(entry: DeclaredGateEntry): Own {
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
}

/** Roll back whatever else is known; they never keep a release from going on. */
function emergencies(stack: Gated): readonly GateDraft[] {
  const { errorShare, errorsFor, latencyP95 } = stack.gate.emergency;
  const interval = Math.max(stack.metrics.scrapeInterval, Math.min(EMERGENCY_INTERVAL, errorsFor));
  const gates: GateDraft[] = [];
  if (errorShare !== "off") {
    const consecutiveFailureLimit = Math.max(0, Math.ceil(errorsFor / interval) - 1);
    const entry = {
      preset: "errorShare",
      limit: errorShare,
      interval,
      consecutiveFailureLimit,
      required: false,
    } as const;
    gates.push({ ...draft(EMERGENCY_GATES.errors, entry, stack), setting: "gate.emergency.errorShare" });
  }
  if (latencyP95 !== "off") {
    const entry = { preset: "latencyP95", limit: latencyP95 / 1_000, required: false } as const;
    const { queries, ...rest } = draft(EMERGENCY_GATES.latency, entry, stack);
    gates.push({
      ...rest,
      queries: queries && {
        blue: whereMany(queries.blue, stack, "blue"),
        green: whereMany(queries.green, stack, "green"),
      },
      setting: "gate.emergency.latencyP95",
      // Where nothing can be told, the gate's own rules about silence are what holds a release.
      inconclusiveLimit: Infinity,
    });
  }
  return gates;
}

const PRESETS: Readonly<Record<GatePreset, Own>> = {
  cpu: { worse: "higher", limit: 0.8, unit: "share" },
  memory: { worse: "higher", limit: 0.85, unit: "share" },
  heap: { worse: "higher", limit: 0.85, unit: "share" },
  // A share of the traffic is drawn by chance: a minute of few requests may well hold a third less.
  throughput: { worse: "lower", compare: { by: "ratio", limit: 0.5 } },
  errorShare: { worse: "higher", limit: 0.1, unit: "share" },
  latencyP95: { worse: "higher", limit: 1, unit: "seconds" },
  // Not below stable to go on. By chance alone it is below half of the time, so only far below fails.
  conversion: {
    worse: "lower",
    compare: { by: "ratio", limit: 0.9, passAt: 1 },
    unit: "share",
    window: 600_000,
    interval: 60_000,
    consecutiveFailureLimit: 4,
    inconclusiveLimit: 29,
  },
  satisfaction: { worse: "lower", limit: 3, passAt: 4, window: 600_000, interval: 60_000 },
};

function queriesOf({ preset, query }: DeclaredGateEntry, stack: Gated): DeclaredGate["queries"] | undefined {
  const ask = (slot: Slot) => query ?? (preset === undefined ? undefined : presetQuery(preset, stack, slot));
  const [blue, green] = SLOTS.map(ask);
  return blue === undefined || green === undefined ? undefined : { blue, green };
}
