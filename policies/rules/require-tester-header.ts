import { CANDIDATE_HEADER } from "../../config/limits.ts";
import { isWeightedByUs, stateOf } from "../reading/release.ts";
import { isCanaryIngress, NGINX, ROUTERS, routesOf } from "../reading/routes.ts";
import type { Resource } from "../resource.ts";
import type { Review } from "../review.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const requireTesterHeader = defineRule({
  id: "require-tester-header",
  group: "Traffic",
  description: "While there is a candidate, a header takes testers to it, whatever its weight.",
  rationale:
    "Checks before the first user, smoke tests and a person who wants to see a fault need the candidate itself. Without a " +
    "route by header they get it by chance, and their requests count as evidence.",
  remediation: `Add a route that matches \`${CANDIDATE_HEADER}: true\` in front of the weighted one.`,
  severity: "medium",
  enforcement: "mandatory",
  kinds: ["VirtualService", "HTTPRoute", "Ingress", "KongPlugin"],
  needs: "stack",
  settings: NO_SETTINGS,
  *check(subject, review) {
    const ours = isWeightedByUs(subject);
    if (ours ? stateOf(subject)?.candidate === undefined : !isCanaryIngress(subject)) return;
    if (!hasHeader(subject, review, ours)) {
      yield ours
        ? `there is a candidate, and no route for requests with the header ${CANDIDATE_HEADER}`
        : "it takes a part of the traffic by chance, and no header leads to it (canary-by-header)";
    }
  },
});

function hasHeader(subject: Resource, review: Review, ours: boolean): boolean {
  const { annotations, kind } = subject;
  if (kind === "Ingress") {
    const header = annotations[`${NGINX}/canary-by-header`];
    // An Ingress that goes by header or cookie alone needs no other way.
    const byChance = annotations[`${NGINX}/canary-weight`] !== undefined;
    return ours ? header === CANDIDATE_HEADER : header !== undefined || !byChance;
  }
  // Kong's plugin holds the weight, and the routes of its namespace hold the header.
  const routers = kind === "KongPlugin" ? review.beside(subject, ...ROUTERS) : [subject];
  return routers.some((router) => routesOf(router).some(({ headers }) => headers.includes(CANDIDATE_HEADER)));
}
