import type { Counts, Evidence, EventOf, ReleaseEvent } from "../../../release/events.ts";

/** 2026-03-01 12:00:00 UTC. */
export const START = Date.UTC(2026, 2, 1, 12);

type Fields<T extends ReleaseEvent["type"]> = Omit<EventOf<T>, "type" | "at">;

/** An event so many seconds after the start. */
export function event<T extends ReleaseEvent["type"]>(seconds: number, type: T, fields: Fields<T>): ReleaseEvent {
  return { at: START + Math.round(seconds * 1000), type, ...fields } as unknown as ReleaseEvent;
}

export const THRESHOLDS = {
  relative: Math.log(200),
  limit: Math.log(200),
  hold: Math.log(10),
  corroborate: Math.log(20),
  pass: Math.log(20),
};

export function planned(version = "1.1.0", fields: Partial<Fields<"planned">> = {}): ReleaseEvent {
  return event(0, "planned", {
    app: "shop",
    stack: "production",
    stable: { slot: "blue", version: "1.0.0" },
    candidate: { slot: "green", version },
    weights: [5, 50, 100],
    minStepTimeMs: 15_000,
    maxStepTimeMs: 600_000,
    bakeMs: 30_000,
    limit: 0.01,
    tolerate: 1.25,
    ignoreBelow: 0.001,
    falseAlarm: 0.01,
    thresholds: THRESHOLDS,
    ...fields,
  });
}

/** Odds, to be read more easily than logarithms. */
export interface Odds {
  readonly relative?: number;
  readonly floor?: number;
  readonly limit?: number;
  readonly pass?: number;
}

export function evidence({ relative = 1, floor = 1, limit = 1, pass = 1 }: Odds = {}): Evidence {
  return { relative: Math.log(relative), floor: Math.log(floor), limit: Math.log(limit), pass: Math.log(pass) };
}

export function counts([requests, failed]: readonly [number, number]): Counts {
  return { requests, failed };
}

/** A sample over the 2 s before. */
export function sampled(
  seconds: number,
  weight: number,
  canary: readonly [requests: number, failed: number],
  stable: readonly [requests: number, failed: number],
  odds: Odds = {},
): ReleaseEvent {
  const at = START + seconds * 1000;
  return event(seconds, "sampled", {
    weight,
    sample: { at, spanMs: 2_000, canary: counts(canary), stable: counts(stable) },
    evidence: evidence(odds),
    mode: weight === 100 ? "solo" : "comparing",
  });
}

export function decided(seconds: number, weight: number, decision: EventOf<"decided">["decision"], reason: string) {
  return event(seconds, "decided", { weight, decision, reason });
}

const begin = (version: string): ReleaseEvent[] => [
  planned(version),
  event(0.1, "deploying", { slot: "green", version }),
  event(8, "ready", { slot: "green", version, tookMs: 7_900 }),
  event(8.5, "checked", { request: "GET /health", ok: true, passed: 20, sent: 20 }),
];

const setWeight = (seconds: number, weight: number, serial: number) =>
  event(seconds, "weight-set", { weight, serial, tookMs: 2_100 });

const observeWeight = (seconds: number, weight: number, share: number, requests: number) =>
  event(seconds, "weight-observed", { weight, share, requests, tookMs: 2_000 });

/** Three steps, the second held for a while; then baked and promoted. */
export const PROMOTED: readonly ReleaseEvent[] = [
  ...begin("1.1.0"),
  decided(9, 0, "wait", "no decision yet"),
  setWeight(11, 5, 13),
  sampled(13, 5, [20, 0], [380, 1], { pass: 3 }),
  observeWeight(13, 5, 0.049, 412),
  sampled(15, 5, [20, 0], [380, 0], { pass: 25 }),
  decided(28, 5, "advance", "proved below the limit: 0 of 40 requests failed"),
  decided(28, 5, "wait", "no decision yet"),
  setWeight(30, 50, 14),
  observeWeight(32, 50, 0.5, 400),
  sampled(34, 50, [200, 2], [200, 0], { relative: 12, pass: 15 }),
  decided(34, 50, "hold", "may be worse than stable"),
  decided(46, 50, "wait", "no decision yet"),
  sampled(46, 50, [200, 0], [200, 1], { relative: 2, pass: 500 }),
  decided(48, 50, "advance", "proved below the limit: 2 of 440 requests failed"),
  setWeight(50, 100, 15),
  observeWeight(52, 100, 1, 400),
  sampled(54, 100, [400, 0], [0, 0], { relative: 2, pass: 5_000 }),
  decided(67, 100, "advance", "proved below the limit: 2 of 840 requests failed"),
  decided(67, 100, "wait", "no decision yet"),
  decided(97, 100, "advance", "baked for 30 s"),
  event(100, "reconciled", { tookMs: 3_000 }),
  event(100, "promoted", { slot: "green", version: "1.1.0" }),
  event(100, "finished", {
    outcome: "promoted",
    reason: "version 1.1.0 serves all traffic",
    exitCode: 0,
    durationMs: 100_000,
    canary: counts([840, 2]),
    stable: counts([1_160, 2]),
  }),
];

const WORSE = "fails more than 1.25 times as often as stable";

const fault = (version: string): ReleaseEvent[] => [
  ...begin(version),
  setWeight(11, 5, 13),
  observeWeight(13, 5, 0.05, 400),
  sampled(15, 5, [20, 0], [380, 0], { pass: 2 }),
  sampled(17, 5, [20, 4], [380, 0], { relative: 90, floor: 900, limit: 8, pass: 0.01 }),
  sampled(19, 5, [20, 5], [380, 1], { relative: 4_500, floor: 2e7, limit: 150, pass: 0.0001 }),
  decided(19.2, 5, "rollback", WORSE),
  event(19.2, "rolling-back", { weight: 5, reason: WORSE }),
];

/** At 5 %, a fifth of the candidate's requests fail. */
export const ROLLED_BACK: readonly ReleaseEvent[] = [
  ...fault("1.2.0"),
  event(19.51, "traffic-back", { serial: 14, tookMs: 309 }),
  event(23, "reconciled", { tookMs: 3_400 }),
  event(23, "finished", {
    outcome: "rolled-back",
    reason: WORSE,
    exitCode: 2,
    durationMs: 23_000,
    canary: counts([60, 9]),
    stable: counts([1_140, 1]),
  }),
];

/** The same, but the router cannot be written. */
export const STUCK: readonly ReleaseEvent[] = [
  ...fault("1.2.0"),
  event(79.2, "traffic-stuck", { problem: "connect ECONNREFUSED 10.0.0.1:6443" }),
  event(79.2, "finished", {
    outcome: "rollback-failed",
    reason: WORSE,
    exitCode: 3,
    durationMs: 79_200,
    canary: counts([60, 9]),
    stable: counts([1_140, 1]),
  }),
];

/** Fails its check, so it never gets traffic. */
export const REFUSED: readonly ReleaseEvent[] = [
  ...begin("1.4.0"),
  event(9, "checked", { request: "GET /orders", ok: false, passed: 3, sent: 20, problem: "status 500 instead of 200" }),
  event(9, "rolling-back", { weight: 0, reason: "checks before any traffic: GET /orders failed 17 of 20 times" }),
  event(9.2, "traffic-back", { serial: 13, tookMs: 180 }),
  event(12, "reconciled", { tookMs: 2_800 }),
  event(12, "finished", {
    outcome: "refused",
    reason: "checks before any traffic: GET /orders failed 17 of 20 times",
    exitCode: 2,
    durationMs: 12_000,
    canary: counts([0, 0]),
    stable: counts([0, 0]),
  }),
];

/** Killed at the second weight: nothing after it. */
export const CUT_OFF: readonly ReleaseEvent[] = PROMOTED.slice(
  0,
  PROMOTED.findIndex(({ type, at }) => type === "sampled" && at === START + 34_000),
);

/** Nobody sends requests. */
export const SILENT: readonly ReleaseEvent[] = [
  ...begin("1.7.0"),
  setWeight(11, 5, 13),
  sampled(13, 5, [0, 0], [0, 0]),
  sampled(15, 5, [0, 0], [0, 0]),
  event(79, "rolling-back", { weight: 5, reason: "waited 68 s in vain for 5 % of the requests" }),
  event(79.3, "traffic-back", { serial: 14, tookMs: 300 }),
  event(82, "reconcile-failed", { problem: "the stack is locked" }),
  event(82, "finished", {
    outcome: "rolled-back",
    reason: "waited 68 s in vain for 5 % of the requests",
    exitCode: 2,
    durationMs: 82_000,
    canary: counts([0, 0]),
    stable: counts([0, 0]),
  }),
];

const SLOW_REASON = "answers slower than stable: 45 of 60 answers took over 25 ms (75 %) against 110 of 1,140 (9.65 %)";

/** A sample with times: slower than 10, 25 and 100 ms. */
function timed(
  seconds: number,
  canary: readonly [requests: number, ...slower: number[]],
  stable: readonly [requests: number, ...slower: number[]],
  slow: { readonly slower: number; readonly tooSlow: number },
): ReleaseEvent {
  const plain = sampled(seconds, 5, [canary[0], 0], [stable[0], 0], { pass: 2 });
  if (plain.type !== "sampled") return plain;
  const times = ([requests, ...slower]: typeof canary) => ({ requests, slower });
  const latency = { canary: times(canary), stable: times(stable) };
  const more = { slower: Math.log(slow.slower), tooSlow: Math.log(slow.tooSlow), fewer: 0, more: 0 };
  return { ...plain, sample: { ...plain.sample, latency }, evidence: { ...plain.evidence, ...more } };
}

/** At 5 %, half of the candidate's answers come late; none fails. */
export const SLOW: readonly ReleaseEvent[] = [
  planned("1.3.0", {
    latency: { limitMs: 100, percentile: 99, tolerateSlow: 1.25 },
    thresholds: { ...THRESHOLDS, slower: Math.log(333), tooSlow: Math.log(666), share: Math.log(2_000) },
  }),
  event(0.1, "deploying", { slot: "green", version: "1.3.0" }),
  event(8, "ready", { slot: "green", version: "1.3.0", tookMs: 7_900 }),
  event(8, "warming", { requests: 6_000 }),
  event(11, "warmed", { sent: 6_000, failed: 2, tookMs: 3_000, problem: "no answer within 2000 ms" }),
  event(11, "baseline", {
    requests: 720_000,
    failed: 36,
    latency: { comparedMs: [10, 25], timed: 720_000, overLimit: 360, allowed: 0.01 },
  }),
  setWeight(13, 5, 13),
  observeWeight(15, 5, 0.05, 400),
  timed(17, [20, 18, 15, 10], [380, 190, 37, 1], { slower: 12, tooSlow: 300 }),
  timed(19, [40, 37, 30, 20], [760, 380, 73, 1], { slower: 4_000, tooSlow: 90_000 }),
  decided(19.2, 5, "rollback", SLOW_REASON),
  event(19.2, "rolling-back", { weight: 5, reason: SLOW_REASON }),
  event(19.5, "traffic-back", { serial: 14, tookMs: 300 }),
  event(22, "reconciled", { tookMs: 2_500 }),
  event(22, "finished", {
    outcome: "rolled-back",
    reason: SLOW_REASON,
    exitCode: 2,
    durationMs: 22_000,
    canary: counts([60, 0]),
    stable: counts([1_140, 0]),
  }),
];

export const STORIES: Readonly<Record<string, readonly ReleaseEvent[]>> = {
  promoted: PROMOTED,
  "rolled back": ROLLED_BACK,
  stuck: STUCK,
  slow: SLOW,
  refused: REFUSED,
  "cut off": CUT_OFF,
  silent: SILENT,
};
