import { z } from "zod";
import { candidateWeight } from "../reading/candidate.ts";
import { WEIGHTED } from "../reading/release.ts";
import { defineRule, productionStacks } from "../rule.ts";

const percent = z.number().min(0).max(100);

export const limitCandidateWeight = defineRule({
  id: "limit-candidate-weight",
  group: "Traffic",
  description: "A candidate gets no more of the traffic than its environment allows.",
  rationale:
    "Some environments must never give a candidate all traffic by themselves: one that is shared, or a production whose " +
    "last step is taken elsewhere. The bound holds for everybody who sets weights, also by hand.",
  remediation: "Lower the weight, or raise the maximum of the environment in the policy's configuration.",
  severity: "high",
  enforcement: "mandatory",
  kinds: WEIGHTED,
  needs: "object",
  settings: z.strictObject({
    production: percent.default(100).describe("Highest weight in production, in percent."),
    elsewhere: percent.default(100).describe("Highest weight in other stacks, in percent."),
    productionStacks,
  }),
  *check(subject, review, { elsewhere, production, productionStacks: stacks }) {
    const weight = candidateWeight(subject);
    const [most, where] = review.isOneOf(stacks) ? [production, "production"] : [elsewhere, `stack ${review.stack}`];
    if (weight > most) yield `the candidate has weight ${weight} %, above the ${most} % allowed in ${where}`;
  },
});
