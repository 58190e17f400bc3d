import type { DeclaredGate } from "../../config/gate-presets.ts";
import { judge, type Answer, type Judgement } from "./measurement.ts";

/** What a query gave for the candidate and, where both have traffic and it compares, for stable. */
export interface Reading {
  /** When it was asked, ms since the epoch. */
  readonly askedAt: number;
  readonly candidate: Answer;
  readonly stable?: Answer;
}

export interface Measurement extends Judgement {
  readonly askedAt: number;
}

/** `open` while nothing is decided: not yet measured, or failing within its limits. */
export type GateVerdict = "open" | "successful" | "failed" | "inconclusive" | "error";

/** What a declared gate has seen of a release: plain values, so that it can be written down and taken up again. */
export interface GateRecord {
  readonly measurements: number;
  readonly failures: number;
  /** In a row: a failure is followed by failures until something passes, whatever else comes between. */
  readonly failuresInRow: number;
  /** In a row: ended by what passes or fails. */
  readonly inconclusiveInRow: number;
  /** In a row: ended by any answer. */
  readonly errorsInRow: number;
  /** Once failed, for ever failed. */
  readonly hasFailed: boolean;
  readonly last?: Measurement;
}

export const UNMEASURED: GateRecord = {
  measurements: 0,
  failures: 0,
  failuresInRow: 0,
  inconclusiveInRow: 0,
  errorsInRow: 0,
  hasFailed: false,
};

/** Takes in what was measured. */
export function measure(gate: DeclaredGate, record: GateRecord, { askedAt, ...answers }: Reading): GateRecord {
  const last: Measurement = { askedAt, ...judge(gate, answers) };
  const { result } = last;
  const conclusive = result === "passed" || result === "failed";
  const failures = record.failures + (result === "failed" ? 1 : 0);
  const failuresInRow = result === "passed" ? 0 : record.failuresInRow + (result === "failed" ? 1 : 0);
  return {
    measurements: record.measurements + 1,
    failures,
    failuresInRow,
    inconclusiveInRow: conclusive ? 0 : record.inconclusiveInRow + (result === "inconclusive" ? 1 : 0),
    errorsInRow: result === "error" ? record.errorsInRow + 1 : 0,
    hasFailed:
      record.hasFailed ||
      failuresInRow > gate.consecutiveFailureLimit ||
      (gate.failureLimit !== undefined && failures > gate.failureLimit),
    last,
  };
}

/** Where the gate stands: a total function of its record. Only `successful` lets a release go on. */
export function verdictOf(gate: DeclaredGate, record: GateRecord): GateVerdict {
  if (record.hasFailed) return "failed";
  if (record.errorsInRow > gate.consecutiveErrorLimit) return "error";
  if (record.inconclusiveInRow > gate.inconclusiveLimit) return "inconclusive";
  return record.last?.result === "passed" ? "successful" : "open";
}
