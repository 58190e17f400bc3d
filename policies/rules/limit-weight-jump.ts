import { z } from "zod";
import { previousWeightOf, settingsOf, stateOf, WEIGHTED } from "../reading/release.ts";
import { defineRule } from "../rule.ts";

export const limitWeightJump = defineRule({
  id: "limit-weight-jump",
  group: "Traffic",
  description: "A canary's weight rises by no more than allowed from what the stack had last.",
  rationale:
    "The gate learns at each weight before the next one is set. A jump shows most users a version that few have tried, " +
    "whether it comes from a plan with large steps or from somebody who wrote a weight into the stack file.",
  remediation:
    "Add stages between (`sluice:strategy.weights`), or release with `sluice release`, which takes them one by one.",
  severity: "high",
  enforcement: "mandatory",
  kinds: WEIGHTED,
  needs: "object",
  settings: z.strictObject({
    most: z.number().min(1).max(100).default(50).describe("Highest rise at a time, in percentage points."),
  }),
  *check(subject, _review, { most }) {
    const state = stateOf(subject);
    // Blue/green and experiments have one weight that is theirs; only a canary's is a matter of steps.
    if (state?.candidate === undefined || settingsOf(subject)?.strategy !== "canary") return;
    const before = previousWeightOf(subject);
    if (before === undefined) return;
    const rise = state.weight - before;
    if (rise > most) {
      yield `the weight rises from ${before} to ${state.weight} %, by more than ${most} points at a time`;
    }
  },
});
