import type { DeclaredGate } from "../../../config/gate-presets.ts";
import type { Answer } from "../../../release/gate/measurement.ts";

/** A gate that asks for at most 10. */
export const GATE: DeclaredGate = {
  name: "load",
  setting: "gate.declared.load",
  preset: undefined,
  queries: { blue: "load", green: "load" },
  worse: "higher",
  limit: 10,
  unit: "plain",
  window: 60_000,
  interval: 30_000,
  warmup: 60_000,
  consecutiveFailureLimit: 2,
  failureLimit: undefined,
  inconclusiveLimit: 3,
  consecutiveErrorLimit: 1,
  onNoData: "inconclusive",
  onFailure: "rollback",
  required: true,
};

export const number = (value: number): Answer => ({ kind: "number", value });
export const none: Answer = { kind: "none" };
export const error: Answer = { kind: "error", problem: "no answer" };
