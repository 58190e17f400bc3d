import { gateSchema } from "../../../config/gate.ts";
import { decide, type Standing } from "../../../release/decide.ts";
import { gateParameters } from "../../../release/gate/baseline.ts";
import { dispersionOf } from "../../../release/gate/dispersion.ts";
import { observe, openGate, thresholdsOf } from "../../../release/gate/gate.ts";
import { HOUR_S, SCRAPE_S, type Hour } from "../traffic.ts";
import type { Outcome } from "./outcome.ts";

/** The errors alone: there are no times in the simulated hours. */
const CONFIG = gateSchema.parse({ latency: "off" });
const THRESHOLDS = thresholdsOf(CONFIG);

/** The gate of this project as the release program drives it, with its defaults, kept at one weight for the hour. */
export function sluice({ cell, history, samples }: Hour): Outcome {
  const parameters = { ...gateParameters(CONFIG), dispersion: dispersionOf([history]) };
  let gate = openGate(parameters, 0);
  let pausedSince: number | undefined;
  let paused: Pick<Outcome, "paused"> = {};
  for (const sample of samples) {
    gate = observe(parameters, gate, sample);
    const pausedMs = pausedSince === undefined ? undefined : sample.at - pausedSince;
    const standing = { ...STANDING, weight: cell.weight, dwellMs: sample.at, pausedMs };
    const { decision, rule } = decide(gate, parameters, THRESHOLDS, standing);
    if (decision === "rollback") {
      return { rolledBackS: sample.at / 1_000, ...paused, ...(rule === "deadline" ? { expired: true } : {}) };
    }
    pausedSince = decision === "pause" ? (pausedSince ?? sample.at) : undefined;
    if (decision === "pause") paused = { paused: true };
  }
  return paused;
}

const STANDING: Omit<Standing, "weight" | "dwellMs" | "pausedMs"> = {
  kind: "step",
  minStepTimeMs: HOUR_S * 1_000,
  maxStepTimeMs: HOUR_S * 1_000,
  onInconclusive: "advance",
  silentMs: 0,
  silence: "all",
  scrapeIntervalMs: SCRAPE_S * 1_000,
  pauseDeadlineMs: CONFIG.pauseDeadline,
  silentDeadlineMs: CONFIG.silentDeadline,
};
