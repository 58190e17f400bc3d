import { z } from "zod";
import { isCanaryRollout } from "../reading/argo.ts";
import { at, listAt } from "../reading/read.ts";
import { settingsOf, WEIGHTED } from "../reading/release.ts";
import { defineRule, productionStacks } from "../rule.ts";

export const requireApproval = defineRule({
  id: "require-approval",
  group: "Process",
  description: "In production a person approves a release before most users get it.",
  rationale:
    "Statistics judge what is measured. Whether this is the day, and whether support and the partners know, is known to " +
    "people. Who releases many times a day will rather trust the gate: then disable this policy.",
  remediation: "Add `approval` to a stage (`{ weight: 25, approval: {} }`), or to the switch of blue/green.",
  severity: "medium",
  enforcement: "advisory",
  kinds: [...WEIGHTED, "Rollout"],
  needs: "object",
  settings: z.strictObject({
    upTo: z
      .number()
      .min(1)
      .max(100)
      .default(50)
      .describe("The approval is asked for before a stage of this weight, in percent, or of a lower one."),
    productionStacks,
  }),
  *check(subject, review, { productionStacks: stacks, upTo }) {
    if (!review.isOneOf(stacks)) return;
    if (subject.kind === "Rollout") {
      const steps = listAt(subject.body, "spec", "strategy", "canary", "steps");
      // A pause without a duration waits for a person.
      const waits = steps.some(
        (step) => at(step, "pause") !== undefined && at(step, "pause", "duration") === undefined,
      );
      if (isCanaryRollout(subject) && !waits) yield "none of its steps waits for a person (a pause without a duration)";
      return;
    }
    const stages = settingsOf(subject)?.stages;
    if (stages === undefined) return;
    const [only] = stages;
    const early =
      stages.length === 1 ? only?.approval === true : stages.some(({ approval, weight }) => approval && weight <= upTo);
    if (!early) yield stages.length === 1 ? "the switch asks nobody" : `no stage up to ${upTo} % asks a person`;
  },
});
