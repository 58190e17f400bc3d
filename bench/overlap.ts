import { isFailed, type Answer } from "../lab/load/answer.ts";

/** What users saw of a switch from one version to another. */
export interface SwitchSeen {
  readonly switchFailed: number;
  /** From the new version's first answer to the old one's last; below 0: no two at a time. */
  readonly switchOverlapS: number;
}

/** @param answers those from the switch's beginning on */
export function seeSwitch(answers: readonly Answer[], from: string, to: string): SwitchSeen {
  const ends = (version: string) =>
    answers.filter((answer) => answer.version === version).map(({ durationMs, startMs }) => startMs + durationMs);
  return {
    switchFailed: answers.filter(isFailed).length,
    switchOverlapS: Math.round(Math.max(...ends(from)) - Math.min(...ends(to))) / 1_000,
  };
}
