import { z } from "zod";
import { rateWindows } from "../reading/alerts.ts";
import { readSeconds } from "../reading/quantities.ts";
import { listAt, textAt } from "../reading/read.ts";
import { ROLLOUT_OBJECTS, settingsOf } from "../reading/release.ts";
import type { Resource } from "../resource.ts";
import type { Review } from "../review.ts";
import { defineRule } from "../rule.ts";

export const widenRateWindows = defineRule({
  id: "widen-rate-windows",
  group: "Gates",
  description: "A rate is computed over at least four scrapes.",
  rationale:
    "A rate needs two samples, and a window of two scrapes loses one of them to every scrape that is late: the rate comes and " +
    "goes, and so does what is judged by it.",
  remediation: "Widen the range of the rate to four times the scrape interval.",
  severity: "medium",
  enforcement: "mandatory",
  kinds: ["PrometheusRule", "AnalysisTemplate", "ClusterAnalysisTemplate", "MetricTemplate"],
  needs: "stack",
  settings: z.strictObject({
    scrapes: z.number().min(2).default(4).describe("Fewest scrapes in a window."),
    scrapeInterval: z
      .number()
      .gt(0)
      .default(15)
      .describe("Seconds between scrapes where neither the stack nor a monitor beside it says."),
  }),
  *check(subject, review, { scrapeInterval, scrapes }) {
    const interval = intervalBeside(subject, review) ?? scrapeInterval;
    for (const [where, expression] of expressionsOf(subject)) {
      const narrow = rateWindows(expression).filter(({ seconds }) => seconds < scrapes * interval);
      for (const text of new Set(narrow.map((window) => window.text))) {
        yield `${where}: a rate over ${text} is less than ${scrapes} scrapes of ${interval} s`;
      }
    }
  },
});

function expressionsOf({ body, kind }: Resource): readonly (readonly [string, string])[] {
  if (kind === "MetricTemplate") return [["query", textAt(body, "spec", "query") ?? ""]];
  if (kind !== "PrometheusRule") {
    return listAt(body, "spec", "metrics").map((metric) => [
      `metric ${textAt(metric, "name") ?? ""}`,
      textAt(metric, "provider", "prometheus", "query") ?? "",
    ]);
  }
  return listAt(body, "spec", "groups").flatMap((group) =>
    listAt(group, "rules").map((rule) => {
      const name = textAt(rule, "alert") ?? textAt(rule, "record") ?? "";
      return [`rule ${name}`, textAt(rule, "expr") ?? ""] as const;
    }),
  );
}

/** How often the service is scraped: as its stack says, or the slowest monitor of its namespace. */
function intervalBeside(subject: Resource, review: Review): number | undefined {
  const told = review.beside(subject, ...ROLLOUT_OBJECTS).map((each) => settingsOf(each)?.scrapeInterval);
  const declared = told.find((interval) => interval !== undefined);
  if (declared !== undefined) return declared;
  const monitors = review.beside(subject, "ServiceMonitor", "PodMonitor").flatMap(({ body, kind }) => {
    const endpoints = listAt(body, "spec", kind === "PodMonitor" ? "podMetricsEndpoints" : "endpoints");
    return endpoints.map((endpoint) => readSeconds(textAt(endpoint, "interval")));
  });
  const known = monitors.filter((interval) => interval !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
