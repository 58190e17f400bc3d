import type { DeclaredGate } from "../../config/gate-presets.ts";
import { formatDuration } from "../../config/duration.ts";
import type { Verdict } from "../decide.ts";
import { verdictOf, type GateRecord } from "./declared.ts";

/** Where the release stands, as far as it matters to declared gates. */
export interface GateStanding {
  readonly weight: number;
  /** When this weight was first observed, ms since the epoch; `undefined` while it is not in force. */
  readonly weightSince: number | undefined;
}

/** Whether the gate can be measured here: at weight 100 stable has no traffic to compare with. */
export function isMeasurable({ limit }: DeclaredGate, weight: number): boolean {
  return weight > 0 && (weight < 100 || limit !== undefined);
}

/** Whether a question asked at this time looks back on nothing but the present weight. */
export function isSettled({ window }: DeclaredGate, askedAt: number, { weightSince }: GateStanding): boolean {
  return weightSince !== undefined && askedAt - window >= weightSince;
}

/** What a declared gate has against going on; `undefined` when it has nothing. */
export function findObjection(gate: DeclaredGate, record: GateRecord, standing: GateStanding): Verdict | undefined {
  const { last } = record;
  const { weight } = standing;
  const verdict = verdictOf(gate, record);
  const object = (decision: Verdict["decision"], why: string): Verdict => ({
    decision,
    rule: `gate ${gate.name} ${decision}`,
    reason: `gate ${gate.name} ${why}`,
  });
  const because = last?.reason === undefined ? "" : `: ${last.reason}`;
  if (verdict === "failed") return object(gate.onFailure, `failed${because} (${countFailures(record)})`);
  if (!isMeasurable(gate, weight)) return undefined;
  if (last?.result === "failed") return object("hold", `is failing${because} (${countFailures(record)})`);
  if (!gate.required) return undefined;
  if (verdict === "error") return object("pause", `cannot be measured${because} (${record.errorsInRow} in a row)`);
  if (verdict === "inconclusive") {
    return object("pause", `is inconclusive${because} (${record.inconclusiveInRow} in a row)`);
  }
  if (last !== undefined && last.result !== "passed") return object("hold", `does not pass${because}`);
  if (last !== undefined && isSettled(gate, last.askedAt, standing)) return undefined;
  return object("wait", `has yet to pass over ${formatDuration(gate.window)} at ${weight} %`);
}

function countFailures({ failures, failuresInRow }: GateRecord): string {
  return failures === failuresInRow ? `${failures} in a row` : `${failuresInRow} in a row, ${failures} in all`;
}
