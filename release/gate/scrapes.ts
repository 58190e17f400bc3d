import type { Classified, CounterPreset } from "../../config/metric-source.ts";
import { SLOTS, type Slot } from "../../config/release-state.ts";
import type { RawSeries } from "./counters.ts";
import type { SlotCounts } from "./counts.ts";

/** What was counted between two scrapes of a target. */
export interface Scrape {
  readonly target: string;
  readonly at: number;
  /** The scrape before; `undefined` where nothing is known before this one. */
  readonly from: number | undefined;
  /** A slot is absent where nothing counts it, or where that begins with this scrape. */
  readonly counts: Readonly<Partial<Record<Slot, SlotCounts>>>;
  /** The slots that the target counts. */
  readonly slots: readonly Slot[];
}

/** How the series of a target are to be understood. */
export interface Reading {
  readonly preset: CounterPreset;
  /** Ends of buckets, ms: how many answers took longer is counted for each. */
  readonly edges: readonly number[];
  /** A pod's answers are timed only after so many. */
  readonly coldRequests: number;
  /** A pod of the candidate that is first scraped after this time, ms since the epoch, began at 0. */
  readonly bornAfter: number;
}

interface Line {
  readonly meaning: Classified;
  readonly samples: RawSeries["samples"];
}

/** The series of each target that are of interest. */
export function groupByTarget(series: readonly RawSeries[], { classify }: CounterPreset): Map<string, Line[]> {
  const lines = new Map<string, Line[]>();
  for (const { labels, samples } of series) {
    const meaning = classify(labels);
    if (meaning === undefined) continue;
    const target = `${labels.job ?? ""}/${labels.instance ?? ""}`;
    lines.set(target, [...(lines.get(target) ?? []), { meaning, samples }]);
  }
  return lines;
}

/** What rose between two scrapes, and from where: of a slot's requests, failures and buckets, each by its name. */
type Rises = Map<string, { by: number; from: number }>;

const NOTHING: Rises = new Map();

/**
 * The scrapes of one target after `taken`. Each series is differenced for itself, never after summing: one below the
 * value before has begun anew at 0, and so has one that is first seen on a target which was scraped before.
 *
 * @param mayBeBorn whether the target began at 0 if it is first scraped late enough
 */
export function scrapesOf(target: string, lines: readonly Line[], reading: Reading, taken?: number, mayBeBorn = false) {
  const times = [...new Set(lines.flatMap(({ samples }) => samples.map(([at]) => at)))].sort((a, b) => a - b);
  // Without the scrape that was taken last there is nothing to count from.
  const isContinued = taken !== undefined && times.includes(taken);
  const fresh = times.filter((at) => at > (taken ?? -Infinity));
  const born = mayBeBorn && taken === undefined && (times[0] ?? -Infinity) > reading.bornAfter;
  const rises = new Map(fresh.map((at) => [at, new Map() as Rises]));
  const counted = new Map(times.map((at) => [at, new Set<Slot>()]));
  for (const { meaning, samples } of lines) {
    let last: number | undefined;
    for (const [at, value] of samples) {
      if (!("upTo" in meaning)) counted.get(at)?.add(meaning.slot);
      const here = rises.get(at);
      const isStart = at === fresh[0] && !isContinued && !born;
      const base = last === undefined || value < last ? 0 : last;
      if (here !== undefined) note(here, meaning, isStart ? 0 : value - base, base);
      if (here !== undefined || isContinued) last = value;
    }
  }
  return fresh.map((at, i): Scrape => {
    const from = i > 0 ? fresh[i - 1] : isContinued ? taken : undefined;
    const known = from !== undefined || born;
    const slots = SLOTS.filter((slot) => isCounted(reading.preset, slot, counted, at, from));
    const counts = known ? slots.map((slot) => [slot, countsOf(slot, rises.get(at) ?? NOTHING, reading)]) : [];
    return {
      target,
      at,
      from,
      counts: Object.fromEntries(counts) as Scrape["counts"],
      slots: [...(counted.get(at) ?? [])],
    };
  });
}

/** Sources count by status, path and more: a slot's requests are the sum of many series. */
function note(rises: Rises, meaning: Classified, by: number, from: number): void {
  const names = "upTo" in meaning ? [String(meaning.upTo)] : meaning.counts;
  for (const name of names) {
    const key = `${meaning.slot} ${name}`;
    const sum = rises.get(key);
    rises.set(key, { by: (sum?.by ?? 0) + by, from: (sum?.from ?? 0) + from });
  }
}

/**
 * Whether a slot's requests are known at a scrape. Where series are born with their first request, an edge that counts
 * one slot has had no request for the other; where they are there from the start, one scrape only gives that.
 */
function isCounted(
  { born, counted }: CounterPreset,
  slot: Slot,
  present: ReadonlyMap<number, ReadonlySet<Slot>>,
  at: number,
  from: number | undefined,
): boolean {
  const isPresent = present.get(at)?.has(slot) === true;
  if (counted === "pods") return isPresent;
  if (born === "with the first request") return (present.get(at)?.size ?? 0) > 0;
  return isPresent && from !== undefined && present.get(from)?.has(slot) === true;
}

function countsOf(slot: Slot, rises: Rises, { coldRequests, edges, preset }: Reading): SlotCounts {
  const by = (name: string) => rises.get(`${slot} ${name}`)?.by ?? 0;
  const counts = { requests: by("requests"), failed: by("failed") };
  if (edges.length === 0) return counts;
  const all = rises.get(`${slot} Infinity`);
  const isTimed = all !== undefined && edges.every((edge) => rises.has(`${slot} ${edge}`));
  const nothing = { requests: 0, slower: edges.map(() => 0) };
  if (!isTimed) return counts.requests === 0 ? { ...counts, latency: nothing } : counts;
  // Edges see all pods as one: there it is the warm-up before any traffic that counts.
  if (preset.counted === "pods" && all.from < coldRequests) return { ...counts, latency: nothing };
  const slower = edges.map((edge) => Math.max(0, all.by - by(String(edge))));
  return { ...counts, latency: { requests: all.by, slower } };
}
