import type { Summary } from "./summary.ts";
import { isFaulty } from "./cells.ts";
import { OURS } from "./gates/all.ts";

/** A detection may be that much slower than asked. */
const SLACK = 1.15;

/** An incident of both versions has to be seen in so many runs at least; it may come too late in the hour for that. */
const LEAST_PAUSED = 0.95;

/** The content of `build/gate-bench.json`. */
export function toJson(summaries: readonly Summary[]) {
  return {
    cells: summaries.map(({ blamed, cell, gate, meanFailing, medianS, rolledBack }) => {
      const { errorCanary, errorStable, rps, scenario, weight } = cell;
      const detection = isFaulty(cell)
        ? { falseRollback: null, detectedShare: rolledBack, medianS: medianS ?? null, meanFailing }
        : { falseRollback: blamed, detectedShare: null, medianS: null, meanFailing: null };
      return { scenario, errorStable, errorCanary, rps, weight, gate, ...detection };
    }),
  };
}

/** What our gate misses, in words. */
export function findMisses(summaries: readonly Summary[]): readonly string[] {
  return summaries
    .filter(({ gate }) => gate === OURS)
    .flatMap(({ blamed, cell, medianS = Infinity, paused }) => {
      const where = `${cell.scenario}, stable ${percent(cell.errorStable)}, candidate ${percent(cell.errorCanary)}, ${cell.rps} rps, weight ${cell.weight} %`;
      const misses: string[] = [];
      if (cell.medianS !== undefined && medianS > SLACK * cell.medianS)
        misses.push(`detected after ${medianS.toFixed(1)} s, more than 15 % above ${cell.medianS} s`);
      if (cell.falseRollback !== undefined && blamed > cell.falseRollback)
        misses.push(`${percent(blamed)} blamed for nothing, more than ${percent(cell.falseRollback)}`);
      if (cell.scenario === "incident" && paused < LEAST_PAUSED)
        misses.push(`paused in ${percent(paused)} of the incidents only`);
      return misses.map((miss) => `${where}: ${miss}`);
    });
}

/** The tables that a person reads, in Markdown: one of faults, one of everything that is none. */
export function renderTables(summaries: readonly Summary[]): string {
  const timed = summaries.filter(({ cell }) => cell.slower !== undefined);
  const [faulty = [], healthy = []] = [true, false].map((is) =>
    summaries.filter(({ cell }) => cell.slower === undefined && isFaulty(cell) === is),
  );
  return [
    "Time until a faulty candidate is taken off (200 rps, stable fails 0.1 %; median), and its failing requests until 5 s later (mean):",
    "",
    ...renderTable(
      faulty,
      ({ cell }) =>
        `${cell.scenario === "faulty" ? "" : "after an incident, "}weight ${cell.weight} %, ${percent(cell.errorCanary)} fail`,
      renderDetection,
    ),
    "",
    "Healthy candidates that are blamed and taken off within an hour (in brackets: at most, with 95 % confidence):",
    "",
    ...renderTable(
      healthy,
      ({ cell }) => `${cell.scenario}, ${percent(cell.errorStable)}, ${cell.rps} rps, weight ${cell.weight} %`,
      renderBlame,
    ),
    "",
    "Times of answers (200 rps, limit 500 ms): cold, 64 % of them over 1 ms beside 27 %; clustered-slow, 3 of them at once; slow, half of them by 200 ms:",
    "",
    ...renderTable(
      timed,
      ({ cell }) => `${cell.scenario}, weight ${cell.weight} %`,
      (summary) => (isFaulty(summary.cell) ? renderDetection(summary) : renderBlame(summary)),
    ),
  ].join("\n");
}

function renderDetection({ medianS, meanFailing, rolledBack }: Summary): string {
  const failing = meanFailing.toFixed(0);
  if (medianS === undefined) return `${percent(rolledBack)} ever / ${failing}`;
  return `${medianS.toFixed(0)} s / ${failing}`;
}

function renderBlame({ blamed, blamedAtMost, cell, expired, paused }: Summary): string {
  const share = `${percent(blamed)} (${percent(blamedAtMost)})`;
  if (cell.scenario !== "incident" || paused === 0) return share;
  return `${share}; paused ${percent(paused)}, too long ${percent(expired)}`;
}

/** One line for each cell, one column for each gate. */
function renderTable(
  summaries: readonly Summary[],
  name: (summary: Summary) => string,
  render: (summary: Summary) => string,
): readonly string[] {
  const gates = [...new Set(summaries.map(({ gate }) => gate))];
  const lines = [...Map.groupBy(summaries, ({ cell }) => cell).values()].map((ofCell) => [
    ...ofCell.slice(0, 1).map(name),
    ...gates.map((gate) =>
      ofCell
        .filter((summary) => summary.gate === gate)
        .map(render)
        .join(""),
    ),
  ]);
  const rows = [["", ...gates], ...lines];
  const widths = rows[0]?.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const draw = (row: readonly string[]) => `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  return [draw(rows[0] ?? []), draw(widths.map((width) => "-".repeat(width))), ...lines.map(draw)];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
