import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Finding } from "../../policies/review.ts";
import { CATALOGUE, type Rule, type Severity } from "../../policies/rule.ts";

/** Code hosts sort by this number: above 9 is critical, above 7 high, above 4 medium. */
const SCORES: Readonly<Record<Severity, string>> = { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0" };

/**
 * The findings as SARIF 2.1.0, which code hosts show beside the lines of a change.
 *
 * @param stackFile where findings belong that are in no file: the stack's own
 * @param home address of the documentation, before `docs/`; without it there are no links
 */
export function renderSarif(
  findings: readonly Finding[],
  rules: readonly Rule[],
  stackFile: string,
  home: string | undefined,
): Log {
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "sluice review",
            ...(home === undefined ? {} : { informationUri: home }),
            rules: rules.map((rule) => describeRule(rule, home)),
          },
        },
        results: findings.map((finding) => describeFinding(finding, rules, stackFile)),
      },
    ],
  };
}

function describeRule(
  { description, id, rationale, remediation, severity }: Rule,
  home: string | undefined,
): ReportingDescriptor {
  return {
    id,
    shortDescription: { text: description },
    fullDescription: { text: rationale },
    help: { text: remediation },
    ...(home === undefined ? {} : { helpUri: `${home}/${CATALOGUE}#${id}` }),
    properties: { "security-severity": SCORES[severity] },
  };
}

function describeFinding(finding: Finding, rules: readonly Rule[], stackFile: string): Result {
  const { enforcement, kind, message, resource, rule } = finding;
  const { file, line = 1, urn } = resource.source;
  return {
    ruleId: rule.id,
    ruleIndex: rules.indexOf(rule),
    level: kind !== "violation" ? "note" : enforcement === "mandatory" ? "error" : "warning",
    message: { text: `${resource.title}: ${message}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI((file ?? stackFile).replaceAll("\\", "/")) },
          region: { startLine: line },
        },
        ...(urn === undefined ? {} : { logicalLocations: [{ fullyQualifiedName: urn, kind: "resource" }] }),
      },
    ],
    ...(kind === "exempt" ? { suppressions: [{ kind: "inSource" as const, justification: message }] } : {}),
  };
}
