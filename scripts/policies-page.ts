import { readFileSync } from "node:fs";
import path from "node:path";
import { configSchemaOf } from "../policies/pack.ts";
import type { Rule } from "../policies/rule.ts";

const GROUPS = ["Traffic", "Workload", "Gates", "Process"] as const;

/** What a person has written: how the policies are used, and what they said about manifests of others. */
const WRITTEN = path.resolve(import.meta.dirname, "policies-page.md");

/** The catalogue of policies: what is written by hand, then each rule as its own file says it. */
export function renderPoliciesPage(rules: readonly Rule[]): string {
  const groups = GROUPS.map((group) => {
    const own = rules.filter((rule) => rule.group === group);
    return [`## ${group}`, ...own.map(renderRule)].join("\n\n");
  });
  return `${[readFileSync(WRITTEN, "utf8").trimEnd(), renderOverview(rules), ...groups].join("\n\n")}\n`;
}

function renderOverview(rules: readonly Rule[]): string {
  const rows = rules.map(
    ({ description, enforcement, group, id, severity }) =>
      `| [\`${id}\`](#${id}) | ${group} | ${severity} | ${enforcement} | ${description} |`,
  );
  return [
    "## All policies",
    "",
    "| policy | about | severity | level | asks |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ].join("\n");
}

function renderRule(rule: Rule): string {
  const { description, enforcement, id, kinds, needs, rationale, remediation, severity } = rule;
  const judged = needs === "object" ? "before an object is written" : "when the whole stack is known";
  const facts = [
    `- severity ${severity}, ${enforcement} by default, judged ${judged}`,
    `- objects: ${kinds.join(", ")}`,
    ...Object.entries(configSchemaOf(rule).properties).map(
      ([name, schema]) =>
        `- setting \`${name}\` (default \`${JSON.stringify(schema.default)}\`): ${schema.description ?? ""}`,
    ),
  ];
  return [`### ${id}`, description, `**Why.** ${rationale}`, `**What to do.** ${remediation}`, facts.join("\n")].join(
    "\n\n",
  );
}
