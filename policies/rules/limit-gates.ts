import { z } from "zod";
import { listAt, numberAt, textAt } from "../reading/read.ts";
import { settingsOf, WEIGHTED } from "../reading/release.ts";
import type { Resource } from "../resource.ts";
import { defineRule } from "../rule.ts";

const limits = z.strictObject({
  failing: z.number().gt(0).lt(1).default(0.01).describe("Highest share of failing requests that a gate may accept."),
  tolerate: z.number().min(1).default(2).describe("Highest factor over stable's odds of failing."),
  latency: z
    .number()
    .gt(0)
    .default(1)
    .describe("Longest time of the slowest answers that a gate may accept, in seconds."),
});

export const limitGates = defineRule({
  id: "limit-gates",
  group: "Gates",
  description: "The limits of a gate are not looser than the organisation's.",
  rationale:
    "A gate is loosened where it has been in the way, for one release, and stays loose. What the users of a service must be " +
    "spared is for those who answer for it to say.",
  remediation: "Tighten the limit, or change the organisation's in the policy's configuration.",
  severity: "high",
  enforcement: "mandatory",
  kinds: [...WEIGHTED, "Canary", "AnalysisTemplate", "ClusterAnalysisTemplate"],
  needs: "object",
  settings: limits,
  *check(subject, _review, most) {
    const gate = settingsOf(subject)?.gate;
    if (gate !== undefined) {
      const { latency, limit, tolerate } = gate;
      if (limit > most.failing)
        yield `gate.limit accepts ${percent(limit)} failing requests, above ${percent(most.failing)}`;
      if (tolerate > most.tolerate)
        yield `gate.tolerate accepts ${tolerate} times stable's failures, above ${most.tolerate} times`;
      if (latency !== undefined && latency.limit > most.latency) {
        yield `gate.latency.limit accepts ${latency.limit} s, above ${most.latency} s`;
      }
    }
    if (subject.kind === "Canary") yield* checkFlagger(subject, most);
    if (subject.kind.endsWith("AnalysisTemplate")) yield* checkArgo(subject, most);
  },
});

/** Flagger's built-in metrics: percent of successes, and p99 in ms. */
function* checkFlagger({ body }: Resource, most: z.output<typeof limits>) {
  for (const metric of listAt(body, "spec", "analysis", "metrics")) {
    const name = textAt(metric, "name");
    const least = numberAt(metric, "thresholdRange", "min");
    const longest = numberAt(metric, "thresholdRange", "max");
    if (name === "request-success-rate" && least !== undefined && 100 - least > 100 * most.failing + 1e-9) {
      yield `metric ${name} accepts ${percent((100 - least) / 100)} failing requests, above ${percent(most.failing)}`;
    }
    if (name === "request-duration" && longest !== undefined && longest > 1_000 * most.latency) {
      yield `metric ${name} accepts ${longest / 1_000} s, above ${most.latency} s`;
    }
  }
}

/** A metric that is called a success rate and compared with a number between 0 and 1. */
function* checkArgo({ body }: Resource, most: z.output<typeof limits>) {
  for (const metric of listAt(body, "spec", "metrics")) {
    const name = textAt(metric, "name") ?? "";
    const least = Number(/result(?:\[0\])?\s*>=?\s*(0?\.\d+)/.exec(textAt(metric, "successCondition") ?? "")?.[1]);
    if (/success/i.test(name) && 1 - least > most.failing + 1e-9) {
      yield `metric ${name} accepts ${percent(1 - least)} failing requests, above ${percent(most.failing)}`;
    }
  }
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(4))} %`;
}
