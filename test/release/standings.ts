import type { Standing } from "../../release/decide.ts";
import type { EProcess } from "../../release/gate/e-process.ts";

/** Where a step stands in the middle of its time, while everything is well. */
export const STANDING: Standing = {
  weight: 25,
  kind: "step",
  dwellMs: 20_000,
  minStepTimeMs: 15_000,
  maxStepTimeMs: 180_000,
  onInconclusive: "pause",
  silentMs: 1_000,
  silence: "all",
  scrapeIntervalMs: 2_000,
  pausedMs: undefined,
  pauseDeadlineMs: 600_000,
  silentDeadlineMs: 120_000,
};

/** A gate's settings where only failing requests are judged. */
export const PARAMETERS = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };

/** What both versions have counted: ten times as many failures on the candidate. */
export const COUNTED = { canary: { requests: 1_000, failed: 25 }, stable: { requests: 3_000, failed: 3 } };

/** Evidence whose logarithm is this. */
export const evidence = (ln: number): EProcess => ({ stakes: [ln] });

/** Evidence beyond 20 to 1, as a logarithm. */
export const CONVINCED = Math.log(21);
