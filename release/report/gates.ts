import type { EventOf, ReleaseEvent } from "../events.ts";
import { formatCount } from "./format.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";

/** A declared gate, as far as it has been measured. */
export interface GateRow {
  readonly name: string;
  readonly asks: string;
  readonly measurements: number;
  readonly last: EventOf<"measured"> | undefined;
}

/** Takes an event into what is known of the declared gates, in the order in which they were announced. */
export function followGates(rows: readonly GateRow[], event: ReleaseEvent): readonly GateRow[] {
  if (event.type === "gates") return event.gates.map((gate) => ({ ...gate, measurements: 0, last: undefined }));
  if (event.type !== "measured") return rows;
  const known = rows.some(({ name }) => name === event.gate);
  const all = known ? rows : [...rows, { name: event.gate, asks: event.asks, measurements: 0, last: undefined }];
  return all.map((row) =>
    row.name === event.gate ? { ...row, measurements: row.measurements + 1, last: event } : row,
  );
}

/** The verdict of a gate in one word or two. */
export function describeVerdict({ result, verdict }: EventOf<"measured">): string {
  if (verdict === "successful") return "passes";
  if (verdict !== "open") return verdict === "error" ? "cannot be measured" : verdict;
  return result === "failed" ? "failing" : result === "error" ? "not measured" : "inconclusive so far";
}

/** One line for a measurement that changed the gate's verdict; none for the others. */
export function describeMeasured(event: EventOf<"measured">): string | undefined {
  if (!event.changed) return undefined;
  const why = event.reason ?? `${event.shown}, asked is ${event.asks}`;
  return `gate ${event.gate}, ${describeVerdict(event)}: ${why}`;
}

/** `cpu at most 80 %; conversion at least 0.9 times stable's`. */
export function describeGates({ gates }: EventOf<"gates">): string {
  return `declared gates: ${gates.map(({ asks, name }) => `${name} ${asks}`).join("; ")}`;
}

/** Whether a verdict is a good or a bad one. */
export function toneOf({ result, verdict }: EventOf<"measured">): "good" | "bad" | "warn" {
  if (verdict === "successful") return "good";
  return verdict === "failed" || result === "failed" ? "bad" : "warn";
}

const NONE = "–";

/** The declared gates, each with its last measurement. */
export function writeGates(events: readonly ReleaseEvent[]): Markup | undefined {
  const rows = events.reduce<readonly GateRow[]>(followGates, []);
  if (rows.length === 0) return undefined;
  return markup`<section><h2>Declared gates</h2>
<div class="wide"><table>
<thead><tr><th>Gate</th><th>Asked is</th><th class="number">Measured</th><th>Last</th><th>Verdict</th><th>Why</th></tr></thead>
<tbody>
${rows.map(
  ({ asks, last, measurements, name }) => markup`<tr><td><b>${name}</b></td><td>${asks}</td>
<td class="number">${formatCount(measurements)} ×</td><td>${last === undefined || last.shown === "" ? NONE : last.shown}</td>
<td class="${last === undefined ? "" : toneOf(last)}">${last === undefined ? "not measured" : describeVerdict(last)}</td>
<td>${last?.reason ?? NONE}</td></tr>`,
)}
</tbody></table></div></section>`;
}
