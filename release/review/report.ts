import type { Finding } from "../../policies/review.ts";
import { CATALOGUE, type Rule } from "../../policies/rule.ts";

const SIGNS = { mandatory: "✖", advisory: "▲", disabled: " " } as const;

/** How much was reviewed. */
export interface Reviewed {
  readonly objects: number;
  readonly rules: readonly Rule[];
  readonly skipped: readonly string[];
}

/** What a person reads: violations first, by rule, each with what to do. */
export function renderReport(findings: readonly Finding[], { objects, rules, skipped }: Reviewed): string {
  const blocks = rules.flatMap((rule) => {
    const own = findings.filter((finding) => finding.rule === rule && finding.kind !== "exempt");
    return own.length === 0 ? [] : [renderRule(rule, own)];
  });
  const unread = skipped.length === 0 ? [] : [`not read, for they are no manifests: ${skipped.join(", ")}`];
  return [...blocks, ...unread, summarise(findings, objects, rules.length)].join("\n\n");
}

function renderRule(rule: Rule, findings: readonly Finding[]): string {
  const lines = findings.map(({ enforcement, kind, message, resource }) => {
    const sign = kind === "undecided" ? "?" : SIGNS[enforcement];
    return `  ${sign} ${resource.title}${place(resource.source)}: ${message}`;
  });
  return [
    `${rule.id} (${rule.severity}): ${rule.description}`,
    ...lines,
    `  → ${rule.remediation} ${CATALOGUE}#${rule.id}`,
  ].join("\n");
}

function place({ file, line }: Finding["resource"]["source"]): string {
  return file === undefined ? "" : ` (${file}:${line ?? 1})`;
}

function summarise(findings: readonly Finding[], objects: number, rules: number): string {
  const count = (is: (finding: Finding) => boolean) => findings.filter(is).length;
  const mandatory = count(({ enforcement, kind }) => kind === "violation" && enforcement === "mandatory");
  const advisory = count(({ enforcement, kind }) => kind === "violation" && enforcement === "advisory");
  const parts = [
    `${mandatory} mandatory`,
    `${advisory} advisory`,
    `${count(({ kind }) => kind === "undecided")} undecided`,
    `${count(({ kind }) => kind === "exempt")} exempt`,
  ];
  return `${rules} policies on ${objects} ${objects === 1 ? "object" : "objects"}: ${parts.join(", ")}`;
}

/** Whether a review asks for a change. */
export function isViolated(findings: readonly Finding[]): boolean {
  return findings.some(({ enforcement, kind }) => kind === "violation" && enforcement === "mandatory");
}
