import { gateSchema } from "../../../config/gate.ts";
import { decide, type Standing } from "../../../release/decide.ts";
import type { Sample, TimedCounts } from "../../../release/events.ts";
import { chooseEdges, gateParameters, type LatencyBaseline } from "../../../release/gate/baseline.ts";
import { slowerThan } from "../../../release/gate/counts.ts";
import { dispersionOf } from "../../../release/gate/dispersion.ts";
import { observe, openGate, thresholdsOf } from "../../../release/gate/gate.ts";
import { ENDS, LIMIT_MS, type Cell } from "../cells.ts";
import { HOUR_S, SCRAPE_S, type Hour } from "../traffic.ts";
import type { Outcome } from "./outcome.ts";

/** The errors alone where no answers are timed. */
const ERRORS = gateSchema.parse({ latency: "off" });
const TIMES = gateSchema.parse({ latency: { limit: `${LIMIT_MS}ms` } });

/** Answers of stable in the hour before, by which the edges are chosen: so many that their shares are exact. */
const BEFORE = 1_000_000;

/** The gate of this project as the release program drives it, with its defaults, kept at one weight for the hour. */
export function sluice({ cell, history, samples: all }: Hour): Outcome {
  const config = cell.slower === undefined ? ERRORS : TIMES;
  const thresholds = thresholdsOf(config);
  const edges = findEdges(cell);
  const latency = edges && { ...edges, dispersion: dispersionOfTimes(history, [...edges.compared, LIMIT_MS]) };
  const baseline = { before: { requests: 0, failed: 0 }, ...(latency === undefined ? {} : { latency }) };
  const parameters = { ...gateParameters(config, baseline), dispersion: dispersionOf([history]) };
  const samples = latency === undefined ? all : all.map((sample) => readAt([...latency.compared, LIMIT_MS], sample));
  let gate = openGate(parameters, 0);
  let pausedSince: number | undefined;
  let paused: Pick<Outcome, "paused"> = {};
  for (const sample of samples) {
    gate = observe(parameters, gate, sample);
    const pausedMs = pausedSince === undefined ? undefined : sample.at - pausedSince;
    const standing = { ...STANDING, weight: cell.weight, dwellMs: sample.at, pausedMs };
    const { decision, rule } = decide(gate, parameters, thresholds, standing);
    if (decision === "rollback") {
      return { rolledBackS: sample.at / 1_000, ...paused, ...(rule === "deadline" ? { expired: true } : {}) };
    }
    pausedSince = decision === "pause" ? (pausedSince ?? sample.at) : undefined;
    if (decision === "pause") paused = { paused: true };
  }
  return paused;
}

/** The edges as the release program chooses them. */
function findEdges({ slower }: Cell): LatencyBaseline | undefined {
  if (slower === undefined || TIMES.latency === "off") return undefined;
  const ends = [...ENDS.map((end, i) => [end, 1 - (slower.stable[i] ?? 0)] as const), [Infinity, 1] as const];
  const buckets = ends.map(([upTo, share]) => ({ le: String(upTo), upTo, count: share * BEFORE }));
  return chooseEdges(buckets, TIMES.latency);
}

/** As the release program learns it from the hour before. */
function dispersionOfTimes(history: Hour["history"], edges: readonly number[]): readonly number[] {
  return edges.map((edge) =>
    dispersionOf([
      history.flatMap(({ latency }) => (latency === undefined ? [] : [slowerThan(latency, indexOf(edge))])),
    ]),
  );
}

function indexOf(edge: number): number {
  return ENDS.findIndex((end) => end === edge);
}

/** The sample as it is read: only what is slower than these edges. */
function readAt(edges: readonly number[], sample: Sample): Sample {
  const { latency } = sample;
  if (latency === undefined) return sample;
  const pick = ({ requests, slower }: TimedCounts): TimedCounts => {
    return { requests, slower: edges.map((edge) => slower[indexOf(edge)] ?? 0) };
  };
  return { ...sample, latency: { canary: pick(latency.canary), stable: pick(latency.stable) } };
}

const STANDING: Omit<Standing, "weight" | "dwellMs" | "pausedMs"> = {
  kind: "step",
  minStepTimeMs: HOUR_S * 1_000,
  maxStepTimeMs: HOUR_S * 1_000,
  onInconclusive: "advance",
  silentMs: 0,
  silence: "all",
  scrapeIntervalMs: SCRAPE_S * 1_000,
  pauseDeadlineMs: ERRORS.pauseDeadline,
  silentDeadlineMs: ERRORS.silentDeadline,
};
