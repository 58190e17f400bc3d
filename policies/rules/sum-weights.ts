import { numberAt } from "../reading/read.ts";
import { isCanaryIngress, NGINX, ROUTERS, routesOf } from "../reading/routes.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const sumWeights = defineRule({
  id: "sum-weights",
  group: "Traffic",
  description: "The weights of a route are percentages: together they are 100.",
  rationale:
    "A router takes weights as shares of their sum. With 90 and 20 the candidate gets 18 %, and everything that was " +
    "computed for 20 %, from the gate's foresight to the candidate's capacity, is about another canary.",
  remediation: "Set the weights of the route so that they are 100 together.",
  severity: "high",
  enforcement: "mandatory",
  kinds: [...ROUTERS, "Ingress"],
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    if (isCanaryIngress(subject)) yield* checkIngress(subject.annotations);
    for (const { destinations, title } of routesOf(subject)) {
      const weights = destinations.map(({ weight }) => weight);
      // A single destination gets everything, whatever its weight; without any weight the shares are equal.
      if (weights.length < 2 || weights.every((weight) => weight === undefined)) continue;
      const sum = weights.reduce<number>((total, weight) => total + (weight ?? missing(subject.kind)), 0);
      if (sum === 100) continue;
      const list = weights.map((weight) => weight ?? "none").join(" + ");
      yield `${title}: weights ${list} are ${sum} together, not 100`;
    }
  },
});

/** What a destination weighs that says nothing, beside others that do. */
function missing(kind: string): number {
  return kind === "HTTPRoute" ? 1 : 0;
}

function* checkIngress(annotations: Readonly<Record<string, string>>) {
  const total = numberAt(annotations[`${NGINX}/canary-weight-total`]) ?? 100;
  const text = annotations[`${NGINX}/canary-weight`];
  const weight = numberAt(text);
  if (total !== 100) yield `canary-weight-total is ${total}: weights are not percentages`;
  if (text !== undefined && (weight === undefined || weight < 0 || weight > total)) {
    yield `canary-weight is ${JSON.stringify(text)}, not a number from 0 to ${total}`;
  }
}
