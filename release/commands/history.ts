import { writeFile } from "node:fs/promises";
import { UserError } from "../errors.ts";
import type { JournalEntry } from "../ports.ts";
import { alignColumns, formatCount, formatElapsed, formatMoment, formatShare } from "../report/format.ts";
import { writeHeadline } from "../report/headline.ts";
import { findDetectionMs, summarise } from "../report/summary.ts";
import { createTerminalReporter } from "../report/terminal.ts";
import { openView } from "../session.ts";
import type { CommonOptions } from "./common.ts";

export interface ShowOptions extends CommonOptions {
  readonly report?: string;
}

/** `sluice history` */
export async function runHistory(options: CommonOptions): Promise<void> {
  const entries = await (await openView(options)).archive.readAll();
  if (options.json === true) {
    for (const entry of entries) console.log(JSON.stringify(describeRelease(entry)));
    return;
  }
  if (entries.length === 0) console.log("No release is remembered.");
  else console.log(alignColumns([COLUMNS, ...entries.map((entry) => cellsOf(describeRelease(entry)))]));
}

/** `sluice show <release> [<other>]` */
export async function runShow(id: string, other: string | undefined, options: ShowOptions): Promise<void> {
  const entries = await (await openView(options)).archive.readAll();
  const entry = findEntry(entries, id);
  if (other !== undefined) {
    const both = [describeRelease(entry), describeRelease(findEntry(entries, other))] as const;
    console.log(options.json === true ? JSON.stringify(both) : compare(...both));
    return;
  }
  if (options.report !== undefined) {
    const { renderReport } = await import("../report/html.ts");
    await writeFile(options.report, await renderReport(entry.events));
  }
  if (options.json === true) {
    console.log(JSON.stringify({ ...describeRelease(entry), events: entry.events }));
    return;
  }
  const terminal = createTerminalReporter(process.stdout);
  for (const event of entry.events) terminal.report(event);
  terminal.close();
}

type Described = ReturnType<typeof describeRelease>;

/** A release in a few figures. */
function describeRelease({ events, record }: JournalEntry) {
  const summary = summarise(events);
  const share = ({ failed, requests }: { failed: number; requests: number }) =>
    requests === 0 ? null : failed / requests;
  return {
    id: record.id,
    version: record.plan.candidate.version,
    image: record.plan.candidate.image,
    commit: record.plan.origin?.commit ?? null,
    build: record.plan.origin?.build ?? null,
    stable: summary.plan?.stable.version ?? null,
    who: record.who,
    begun: formatMoment(record.startedAt),
    outcome: record.phase.kind === "finished" ? record.phase.ending.outcome : `under way (${record.phase.kind})`,
    durationMs: summary.endAt - summary.startAt,
    highestWeight: Math.max(0, ...summary.steps.map(({ weight }) => weight)),
    requests: summary.canary.requests,
    failing: share(summary.canary),
    failingOfStable: share(summary.stable),
    detectionMs: findDetectionMs(summary) ?? null,
    verdict: writeHeadline(summary).title,
  };
}

const COLUMNS = ["release", "version", "outcome", "took", "weight", "requests", "failing", "by"];

function cellsOf({ durationMs, failing, highestWeight, id, outcome, requests, version, who }: Described): string[] {
  const share = failing === null ? "-" : formatShare(failing);
  return [id, version, outcome, formatElapsed(durationMs), `${highestWeight} %`, formatCount(requests), share, who];
}

function compare(a: Described, b: Described): string {
  const share = (value: number | null) => (value === null ? "-" : formatShare(value));
  const time = (value: number | null) => (value === null ? "-" : formatElapsed(value));
  const row = (name: string, of: (release: Described) => string) => [name, of(a), of(b)];
  return alignColumns([
    row("release", ({ id }) => id),
    row("version", ({ version }) => version),
    row("commit", ({ commit }) => commit ?? "-"),
    row("build", ({ build }) => build ?? "-"),
    row("against", ({ stable }) => stable ?? "-"),
    row("outcome", ({ outcome }) => outcome),
    row("took", ({ durationMs }) => time(durationMs)),
    row("highest weight", ({ highestWeight }) => `${highestWeight} %`),
    row("requests", ({ requests }) => formatCount(requests)),
    row("failing", ({ failing }) => share(failing)),
    row("failing on stable", ({ failingOfStable }) => share(failingOfStable)),
    row("found after", ({ detectionMs }) => time(detectionMs)),
    row("by", ({ who }) => who),
  ]);
}

/** @throws UserError when there is no such release */
export function findEntry(entries: readonly JournalEntry[], name: string): JournalEntry {
  const found = entries.find(({ record }) => record.id === name || record.plan.candidate.version === name);
  if (found !== undefined) return found;
  const known = entries.map(({ record }) => `${record.id} (${record.plan.candidate.version})`).join(", ");
  throw new UserError(`No release ${name} is remembered. There are: ${known === "" ? "none" : known}.`);
}
