import type { Experiment } from "../../config/experiment.ts";
import { otherSlot } from "../../config/release-state.ts";
import type { StackConfig } from "../../config/schema.ts";
import type { Analysis } from "../experiment/analysis.ts";
import type { ClassicTest } from "../experiment/classic.ts";
import type { Level, Measure } from "../experiment/measure.ts";
import { formatConfidence, formatP, formatSpan, numberFormat } from "./analysis-format.ts";
import { formatOf, sayRecommendation } from "./analysis-words.ts";
import { formatCount, formatMoment, formatShare } from "./format.ts";

/** From when on Prometheus had samples, where that is later than the start; ms since the epoch. */
export type ToldAnalysis = Analysis & { readonly since?: number };

/** What a person reads: who was compared, all results, and last what to do. */
export function renderAnalysis(analysis: ToldAnalysis, experiment: Experiment, config?: StackConfig): string {
  const rule = experiment.analysis;
  return [
    renderSubject(analysis, config),
    "",
    ...renderTable(
      ["", "A", "B"],
      [
        ["users", formatCount(analysis.users.a), formatCount(analysis.users.b)],
        ...analysis.measures.flatMap(levelRows),
      ],
    ),
    "",
    ...renderTable(
      ["B − A", "difference", `${formatConfidence(rule.alpha)} interval`, "p", ""],
      analysis.measures.flatMap((measure, i) => resultRows(measure, i === 0 ? rule.decide : undefined)),
    ),
    "",
    ...renderSplit(analysis, experiment),
    sayRecommendation(analysis, rule),
  ].join("\n");
}

function renderSubject({ at, period, since }: ToldAnalysis, config: StackConfig | undefined): string {
  const who = config === undefined ? "Experiment" : `Experiment of ${config.app.name}${renderVersions(config)}`;
  if (period === undefined) return `${who}.`;
  const whole = period.endMs - period.startMs;
  const passed = Math.min(Math.max(0, at - period.startMs), whole);
  const late = since === undefined ? "" : `; Prometheus has samples since ${formatMoment(since)} only`;
  const time = at >= period.endMs ? `all of its ${formatSpan(whole)}` : `${formatSpan(passed)} of ${formatSpan(whole)}`;
  return `${who}, begun ${formatMoment(period.startMs)}, ${time}${late}.`;
}

function renderVersions({ release }: StackConfig): string {
  const b = release.candidate;
  const a = b === undefined ? release.live : otherSlot(b);
  const name = (slot: typeof a | undefined) =>
    slot === undefined ? "not there" : `${release[slot]?.version ?? ""} in ${slot}`;
  return `: A is ${name(a)}, B is ${name(b)}`;
}

function levelRows({ comparison, groups, measure }: Measure): readonly (readonly string[])[] {
  const format = comparison === undefined ? numberFormat(measure, { low: 0, high: 0 }) : formatOf(measure, comparison);
  const { a, b } = groups;
  if (measure === "conversion") {
    const converted = ({ conversions = 0 }: Level) => formatCount(conversions);
    return [
      ["converted", converted(a), converted(b)],
      ["conversion", ...[a, b].map(({ level, users }) => (users === 0 ? "–" : format.level(level)))],
    ];
  }
  return [
    ...(a.users + b.users === 0 ? [] : [["users with a value", formatCount(a.users), formatCount(b.users)]]),
    ["mean value", ...[a, b].map(({ level, users }) => (users === 0 ? "–" : format.level(level)))],
    ["standard deviation", ...[a, b].map(({ deviation = 0 }) => format.level(deviation))],
  ];
}

function resultRows({ comparison, measure }: Measure, decides: "anytime" | "atEnd" | undefined) {
  if (comparison === undefined) return [[measure, "too few users", "", "", ""]];
  const { anytime, classic, difference, effectSize, relative } = comparison;
  const format = formatOf(measure, comparison);
  const mark = (isMarked: boolean) => (isMarked ? "← decides" : "");
  const change = relative === undefined ? "" : ` (${relative < 0 ? "−" : "+"}${formatShare(Math.abs(relative))})`;
  const size = (value: number) => value.toFixed(3).replace("-", "−");
  return [
    [
      `${measure}, anytime-valid`,
      `${format.difference(difference)}${change}`,
      format.interval(anytime.interval),
      formatP(anytime.p),
      mark(decides === "anytime"),
    ],
    [
      `${measure}, ${renderTest(classic)}`,
      "",
      format.interval(classic.interval),
      formatP(classic.p),
      mark(decides === "atEnd"),
    ],
    [
      `${measure}, ${effectSize.name}`,
      size(effectSize.value),
      `${size(effectSize.low)} to ${size(effectSize.high)}`,
      "",
      "",
    ],
  ];
}

function renderTest({ degreesOfFreedom, statistic, test }: ClassicTest): string {
  const df = degreesOfFreedom === undefined ? "" : ` (${formatCount(degreesOfFreedom)} degrees of freedom)`;
  return `${test} ${statistic.toFixed(2).replace("-", "−")}${df}`;
}

function renderSplit({ split }: Analysis, { assignment }: Experiment): readonly string[] {
  if (split === undefined) {
    return [`No split is declared for assignment by ${assignment.by}: whether users are missing cannot be told.`, ""];
  }
  const verdict = split.mismatch ? "not as declared" : "as declared";
  return [
    `Split: ${formatShare(split.observed)} of the users in B, ${formatShare(split.declared)} declared (anytime-valid p ${formatP(split.p)}): ${verdict}.`,
    "",
  ];
}

/** Columns as wide as they need to be; the first one left, the others right, a last one of remarks left again. */
function renderTable(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [head, ...rows];
  const width = (column: number) => Math.max(...all.map((row) => (row[column] ?? "").length));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || cell.startsWith("←") ? cell.padEnd(width(column)) : cell.padStart(width(column)),
      )
      .join("   ")
      .trimEnd(),
  );
}
