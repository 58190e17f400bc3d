import { podLabels, SERVING } from "../reading/pods.ts";
import { listAt, selects, textAt, textsAt } from "../reading/read.ts";
import { fullHost, routesOf } from "../reading/routes.ts";
import type { Resource } from "../resource.ts";
import type { Review } from "../review.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const resolveSubsets = defineRule({
  id: "resolve-subsets",
  group: "Traffic",
  description: "Every subset that a route names exists in a DestinationRule and selects pods.",
  rationale:
    "Istio takes a route to a subset that does not exist, and answers its share of the requests with 503: a typing error " +
    "at weight 10 is an outage for one user in ten.",
  remediation: "Add the subset to the host's DestinationRule, or correct its labels to those of the pods.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: ["VirtualService"],
  needs: "stack",
  settings: NO_SETTINGS,
  *check(subject, review) {
    for (const { destinations, title } of routesOf(subject)) {
      for (const { host, subset } of destinations) {
        if (subset === undefined) continue;
        const full = fullHost(host, subject.namespace);
        const rules = rulesFor(full, review);
        if (rules.length === 0) {
          yield `${title}: subset ${subset} of ${host}, which has no DestinationRule`;
          continue;
        }
        const declared = rules.flatMap((rule) =>
          listAt(rule.body, "spec", "subsets")
            .filter((each) => textAt(each, "name") === subset)
            .map((each) => ({ rule, labels: textsAt(each, "labels") })),
        );
        const [found] = declared;
        if (found === undefined) {
          yield `${title}: subset ${subset} of ${host} is not in ${rules.map((rule) => rule.title).join(", ")}`;
        } else if (!selectsPods(found.rule, found.labels, full, review)) {
          const labels = Object.entries(found.labels).map(([key, value]) => `${key}=${value}`);
          yield `${title}: subset ${subset} of ${host} selects no pods (${labels.join(", ")})`;
        }
      }
    }
  },
});

function rulesFor(full: string, review: Review): readonly Resource[] {
  return review.all("DestinationRule").filter((rule) => {
    const host = textAt(rule.body, "spec", "host") ?? "";
    const pattern = fullHost(host, rule.namespace);
    return pattern.startsWith("*") ? full.endsWith(pattern.slice(1)) : pattern === full;
  });
}

/** Pods that are declared elsewhere are not judged: only where the host's Service and its pods are here. */
function selectsPods(rule: Resource, labels: Readonly<Record<string, string>>, full: string, review: Review): boolean {
  const service = review.beside(rule, "Service").find((each) => fullHost(each.name ?? "", each.namespace) === full);
  if (service === undefined) return true;
  const selector = textsAt(service.body, "spec", "selector");
  if (Object.keys(selector).length === 0) return true;
  const behind = review.beside(service, ...SERVING, "DaemonSet").filter((maker) => selects(selector, podLabels(maker)));
  return behind.length === 0 || behind.some((maker) => selects(labels, podLabels(maker)));
}
