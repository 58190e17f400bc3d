import { routersOfRollout, serviceOfFlagger, servicesOfRollout } from "../reading/argo.ts";
import { listAt, textAt } from "../reading/read.ts";
import { isWeightedByUs } from "../reading/release.ts";
import { fullHost, routesOf, serviceOf } from "../reading/routes.ts";
import type { Resource } from "../resource.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const forbidSecondRouter = defineRule({
  id: "forbid-second-router",
  group: "Traffic",
  description: "A route that this project weighs is weighed by nobody else: no Rollout and no Flagger Canary.",
  rationale:
    "Two controllers that write one weight undo each other, many times a minute, and each takes the other's number for its " +
    "own success. There is one writer for a weight: this project, or Argo, or Flagger.",
  remediation: "Remove the Rollout or Canary, or hand the service over to Argo with `strategy.kind: argo`.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: ["VirtualService", "HTTPRoute", "Ingress"],
  needs: "stack",
  settings: NO_SETTINGS,
  *check(subject, review) {
    if (!isWeightedByUs(subject)) return;
    const mine = targetsOf(subject);
    for (const rollout of review.beside(subject, "Rollout")) {
      const writes = routersOfRollout(rollout).includes(`${subject.kind} ${subject.name ?? ""}`);
      if (writes) yield `${rollout.title} writes its weights too`;
      else if (servicesOfRollout(rollout).some((service) => mine.has(service))) {
        yield `${rollout.title} moves traffic between the same Services`;
      }
    }
    for (const canary of review.beside(subject, "Canary")) {
      const base = serviceOfFlagger(canary);
      const targets = [
        base,
        base && `${base}-canary`,
        base && `${base}-primary`,
        textAt(canary.body, "spec", "targetRef", "name"),
      ];
      const same = targets.some((target) => target !== undefined && (mine.has(target) || target === subject.name));
      if (same) yield `${canary.title} (Flagger) moves the traffic of the same service`;
    }
  },
});

/** The Services in its own namespace that a route leads to. */
function targetsOf(route: Resource): ReadonlySet<string> {
  const { namespace } = route;
  const services = routesOf(route).flatMap(({ destinations }) =>
    destinations.map(({ host }) => serviceOf(fullHost(host, namespace), namespace)),
  );
  const backends = route.kind === "Ingress" ? ingressBackends(route) : [];
  return new Set([...services, ...backends].filter((name) => name !== undefined));
}

function ingressBackends({ body }: Resource): readonly (string | undefined)[] {
  return listAt(body, "spec", "rules").flatMap((rule) =>
    listAt(rule, "http", "paths").map((path) => textAt(path, "backend", "service", "name")),
  );
}
