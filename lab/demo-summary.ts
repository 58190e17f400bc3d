import type { BadResult, BrokenResult, GoodResult } from "./demo-result.ts";

/** What `build/demo.json` holds. Times in seconds. */
export interface DemoResult {
  readonly good: GoodResult;
  readonly bad: BadResult;
  readonly broken: BrokenResult;
  /** Requests a second that users sent. */
  readonly rps: number;
  /** Time between two scrapes of the metrics. */
  readonly scrapeS: number;
  /** How long each weight step by Pulumi took. */
  readonly stackUpS: readonly number[];
  readonly labUpS: number;
}

/**
 * What a newcomer should take home.
 *
 * @param scene what it was shown on, where there is more than one
 */
export function describeDemo({ bad, broken, good, rps, stackUpS }: DemoResult, scene?: string): string {
  const reports = ["good", "bad", "broken"].map(
    (name) => `build/report-${scene === undefined ? "" : `${scene}-`}${name}.html`,
  );
  const figures = scene === undefined ? "build/demo.json" : "build/demo-docker.json";
  const steps = good.steps.map(({ dwellS, weight }) => `${weight} % for ${dwellS.toFixed(0)} s`).join(", ");
  return [
    "",
    `What the users saw${scene === undefined ? "" : ` behind ${scene}`}, at ${rps} requests a second:`,
    "",
    `  good    ${good.outcome} after ${good.durationS.toFixed(0)} s (${steps}):`,
    `          ${count(good.failedRequests)} of ${count(good.requests)} requests failed.`,
    `  bad     ${bad.outcome} from ${bad.weightAtDetection} %: it began to fail ${bad.faultErrorShare * 100} % of its requests;`,
    `          decided ${bad.detectionS.toFixed(1)} s after the first failing answer, its last request ${bad.decisionToZeroS.toFixed(2)} s later;`,
    `          ${count(bad.failingRequests)} requests failed in all.`,
    `  broken  ${broken.outcome} before any traffic: ${count(broken.failingRequests)} requests failed.`,
    "",
    `A weight step by Pulumi took ${median(stackUpS).toFixed(1)} s (median of ${stackUpS.length}).`,
    `Reports: ${reports.join(", ")}; figures: ${figures}.`,
  ].join("\n");
}

/** What went otherwise than it must; empty when the demo succeeded. */
export function judgeDemo({ bad, broken, good }: DemoResult): readonly string[] {
  const expected: readonly (readonly [boolean, string])[] = [
    [good.outcome === "promoted", `the good version was ${good.outcome}, not promoted`],
    [good.failedRequests === 0, `${good.failedRequests} requests failed while the good version was released`],
    [bad.outcome === "rolled-back", `the bad version was ${bad.outcome}, not rolled back`],
    [broken.outcome === "refused", `the broken version was ${broken.outcome}, not refused`],
    [broken.failingRequests === 0, `${broken.failingRequests} requests failed while the broken version was tried`],
  ];
  return expected.filter(([holds]) => !holds).map(([, failure]) => failure);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function count(value: number): string {
  return value.toLocaleString("en");
}
