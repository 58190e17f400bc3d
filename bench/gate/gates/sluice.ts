import { gateSchema } from "../../../config/gate.ts";
import { decide, type Standing } from "../../../release/decide.ts";
import type { Sample, TimedCounts } from "../../../release/events.ts";
import { chooseEdges, gateParameters, type LatencyBaseline } from "../../../release/gate/baseline.ts";
import { NO_REQUESTS, type SlotCounts } from "../../../release/gate/counts.ts";
import { observe, openGate, thresholdsOf } from "../../../release/gate/gate.ts";
import { dispersionWithin, edgesOf } from "../../../release/gate/hour.ts";
import type { GateParameters } from "../../../release/gate/parameters.ts";
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
  const latency = findEdges(cell);
  const judged = gateParameters(config, { before: NO_REQUESTS, ...(latency === undefined ? {} : { latency }) });
  const parameters = learnDispersion(judged, history);
  const samples = all.map((sample) => readSample(edgesOf(judged), sample));
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
function learnDispersion(judged: GateParameters, history: Hour["history"]): GateParameters {
  const read = history.map(({ latency, ...counts }): SlotCounts => {
    return latency === undefined ? counts : { ...counts, latency: readAt(edgesOf(judged), latency) };
  });
  const { failed, slower } = dispersionWithin([read], judged);
  const { latency } = judged;
  return { ...judged, dispersion: failed, ...(latency ? { latency: { ...latency, dispersion: slower } } : {}) };
}

function readSample(edges: readonly number[], sample: Sample): Sample {
  const { latency } = sample;
  if (latency === undefined) return sample;
  return { ...sample, latency: { canary: readAt(edges, latency.canary), stable: readAt(edges, latency.stable) } };
}

/** The times as they are read: only what is slower than these edges. */
function readAt(edges: readonly number[], { requests, slower }: TimedCounts): TimedCounts {
  return { requests, slower: edges.map((edge) => slower[ENDS.findIndex((end) => end === edge)] ?? 0) };
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
