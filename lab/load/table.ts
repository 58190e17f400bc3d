import { countAnswers, percentile, type Count, type LoadResult } from "./aggregate.ts";
import { isFailed, type Answer } from "./answer.ts";

/** One line about the answers that came within a second: how many of which version and status, and how long they took. */
export function renderSecond(atMs: number, answers: readonly Answer[]): string {
  const time = new Date(atMs).toTimeString().slice(0, 8);
  const counts = countAnswers(answers).map((count) => `${nameOf(count)} ${count.count}`);
  const sorted = Float64Array.from(answers, ({ durationMs }) => durationMs).sort();
  const latency =
    answers.length === 0 ? "" : `  p50 ${formatMs(percentile(sorted, 0.5))} p99 ${formatMs(percentile(sorted, 0.99))}`;
  const failed = answers.filter(isFailed).length;
  const failures = failed === 0 ? "" : `  FAILED ${failed}`;
  return `${time}  ${String(answers.length).padStart(4)}/s  ${counts.join("  ") || "no answers"}${latency}${failures}`;
}

/** The whole run as tables. */
export function renderResult(result: LoadResult): string {
  const counts = result.counts.map((count) => [
    count.version || "(none)",
    count.status === 0 ? "no answer" : String(count.status),
    String(count.count),
    `${((100 * count.count) / result.requests).toFixed(2)} %`,
  ]);
  const latency = result.latency.map((row) => [
    row.version || "(none)",
    ...[row.p50Ms, row.p90Ms, row.p99Ms, row.maxMs].map(formatMs),
  ]);
  const dropped =
    result.dropped === 0 ? "" : `; ${result.dropped} more were due and not sent: too many were unanswered`;
  return [
    ...renderTable([["VERSION", "STATUS", "ANSWERS", "SHARE"], ...counts], 2),
    "",
    ...renderTable([["VERSION", "P50", "P90", "P99", "MAX"], ...latency], 1),
    "",
    `${result.requests} requests, ${result.failed} failed${dropped}`,
  ].join("\n");
}

function nameOf({ version, status }: Count): string {
  return `${version || "(none)"}:${status === 0 ? "no answer" : status}`;
}

function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 100 ? 1 : 0)} ms`;
}

/** Columns from `rightFrom` on are numbers and stand to the right. */
function renderTable(rows: readonly (readonly string[])[], rightFrom: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column < rightFrom ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
}
