import type { DeclaredGate } from "../../config/gate-presets.ts";

/** What a query gave: one number, none (nothing was counted, or NaN), or a problem with asking. */
export type Answer =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "none" }
  | { readonly kind: "error"; readonly problem: string };

export type Result = "passed" | "failed" | "inconclusive" | "error";

/** One measurement, and what it says. */
export interface Judgement {
  readonly result: Result;
  /** The candidate's number. */
  readonly value?: number;
  /** Stable's, where it was asked. */
  readonly stable?: number;
  /** Why it did not pass, in words. */
  readonly reason?: string;
}

/** Judges one measurement. Without a number it never passes. */
export function judge(
  gate: DeclaredGate,
  { candidate, stable }: { readonly candidate: Answer; readonly stable?: Answer },
): Judgement {
  const missing = explainMissing(gate, "the candidate", candidate) ?? explainMissing(gate, "stable", stable);
  if (missing !== undefined) return { ...missing, ...numbers(candidate, stable) };
  const value = candidate.kind === "number" ? candidate.value : NaN;
  const found = [
    judgeLimit(gate, value),
    stable?.kind === "number" ? judgeComparison(gate, value, stable.value) : undefined,
  ].filter((judgement) => judgement !== undefined);
  const worst =
    found.find(({ result }) => result === "failed") ?? found.find(({ result }) => result === "inconclusive");
  return { ...(worst ?? { result: "passed" }), ...numbers(candidate, stable) };
}

/** Writes a number in the gate's unit: `41.3 %`, `0.92 s`, `3.41`. */
export function formatValue(value: number, unit: DeclaredGate["unit"]): string {
  if (unit === "share") return `${trim(value * 100)} %`;
  return unit === "seconds" ? `${trim(value)} s` : trim(value);
}

/** What a gate asks for, in words: `at most 80 %`, `at least 0.9 times stable's`. */
export function describeGate({ compare, limit, passAt, unit, worse }: DeclaredGate): string {
  const bound = worse === "higher" ? "at most" : "at least";
  const toPass = (at: number | undefined, write: (at: number) => string) =>
    at === undefined ? "" : ` (${write(at)} to go on)`;
  const plain = (value: number) => formatValue(value, unit);
  const parts = [
    limit === undefined ? undefined : `${bound} ${plain(limit)}${toPass(passAt, plain)}`,
    compare?.by === "ratio"
      ? `${bound} ${trim(compare.limit)} times stable's${toPass(compare.passAt, trim)}`
      : undefined,
    compare?.by === "difference"
      ? `at most ${plain(compare.limit)} worse than stable${toPass(compare.passAt, plain)}`
      : undefined,
  ];
  return parts.filter((part) => part !== undefined).join(", ");
}

type Verdict = Pick<Judgement, "result" | "reason">;

function explainMissing(gate: DeclaredGate, who: string, answer: Answer | undefined): Verdict | undefined {
  if (answer === undefined) return undefined;
  if (answer.kind === "error") return { result: "error", reason: answer.problem };
  if (answer.kind === "number" && Number.isFinite(answer.value)) return undefined;
  return { result: gate.onNoData, reason: `there is no number for ${who}` };
}

function numbers(candidate: Answer, stable: Answer | undefined): Pick<Judgement, "value" | "stable"> {
  const isNumber = (answer: Answer | undefined) => answer?.kind === "number" && Number.isFinite(answer.value);
  return {
    ...(candidate.kind === "number" && isNumber(candidate) ? { value: candidate.value } : {}),
    ...(stable?.kind === "number" && isNumber(stable) ? { stable: stable.value } : {}),
  };
}

function judgeLimit({ limit, passAt = limit, unit, worse }: DeclaredGate, value: number): Verdict | undefined {
  if (limit === undefined || passAt === undefined) return undefined;
  const write = (number: number) => formatValue(number, unit);
  const beyond = worse === "higher" ? "above" : "below";
  const isWorse = (than: number) => (worse === "higher" ? value > than : value < than);
  if (isWorse(limit)) return { result: "failed", reason: `${write(value)} is ${beyond} ${write(limit)}` };
  if (!isWorse(passAt)) return { result: "passed" };
  return { result: "inconclusive", reason: `${write(value)} is ${beyond} ${write(passAt)}, at which it would pass` };
}

/** Multiplied rather than divided: stable may be at 0. */
function judgeComparison({ compare, unit, worse }: DeclaredGate, value: number, stable: number): Verdict | undefined {
  if (compare === undefined) return undefined;
  const { by, limit, passAt = limit } = compare;
  const write = (number: number) => formatValue(number, unit);
  const both = `${write(value)} against ${write(stable)} on stable`;
  if (by === "ratio" && stable < 0) return { result: "inconclusive", reason: `${both}: no ratio below 0` };
  const worseBy = worse === "higher" ? value - stable : stable - value;
  const isBeyond = (bound: number) => {
    if (by === "difference") return worseBy > bound;
    return worse === "higher" ? value > bound * stable : value < bound * stable;
  };
  const than = (bound: number) => (by === "ratio" ? `${trim(bound)} times` : `${write(bound)} worse`);
  if (isBeyond(limit)) return { result: "failed", reason: `${both}, beyond ${than(limit)}` };
  if (!isBeyond(passAt)) return { result: "passed" };
  return { result: "inconclusive", reason: `${both}, beyond ${than(passAt)}, at which it would pass` };
}

function trim(value: number): string {
  return String(Number(value.toPrecision(4)));
}
