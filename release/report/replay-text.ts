import { formatLatency, parseDuration } from "../../config/duration.ts";
import type { Counts, Decision, Evidence } from "../events.ts";
import type { Recording, Telling } from "../replay/recording.ts";
import type { Replay } from "../replay/replay.ts";
import { alignColumns, formatClock, formatCount, formatElapsed, formatEvidence } from "./format.ts";

/** What the gate said then, what it would have said, and by which changes. */
export interface Comparison {
  readonly recording: Recording;
  readonly now: Replay;
  /** Settings that differ: `limit 0.02 (was 0.01)`. */
  readonly changes: readonly string[];
  /** Whether this program, by the recorded settings, says what was said then. */
  readonly faithful: boolean;
}

/** The comparison as a person reads it: what came of it first, then each verdict beside the other. */
export function renderReplay(comparison: Comparison): string {
  const { changes, faithful, now, recording } = comparison;
  const { app, candidate, stable } = recording.plan;
  const settings = changes.length === 0 ? "the settings of then" : changes.join(", ");
  const doubt =
    "! By the settings of then this version of sluice does not say what was said then: another version made the record.";
  return [
    `${app} ${candidate.version}, released beside ${stable.version}; replayed with ${settings}`,
    "",
    describeDifference(comparison),
    ...(faithful ? [] : ["", doubt]),
    "",
    renderTable(recording, now),
  ].join("\n");
}

/** One or two sentences: whether the release would have gone back, when, and how many requests failed until then. */
export function describeDifference({ now, recording }: Comparison): string {
  const [then, other] = [findRollback(recording.told), findRollback(now.told)];
  const clock = ({ at }: Telling) => formatClock(at - recording.plan.at);
  if (other === undefined) {
    if (then === undefined) return `Would not have rolled back either. ${describeNearest(now)}`;
    const seen = `${failing(then.canary)} of ${formatCount(then.canary.requests)}`;
    return `Would not have rolled back by ${clock(then)}, when it did then and the record ends (${seen}). ${describeNearest(now)}`;
  }
  const late = findLateness(recording, other);
  if (then === undefined) {
    const after = late === undefined ? "" : `, ${formatElapsed(late)} after the first failing answer`;
    return `Would have rolled back at ${clock(other)}${after} (${failing(other.canary)}), where it went on: ${other.reason}.`;
  }
  if (then.at === other.at) return `Rolled back at ${clock(other)}, as then: ${other.reason}.`;
  const before = findLateness(recording, then);
  const after =
    late === undefined || before === undefined
      ? ""
      : ` (${formatElapsed(late)} after the first failing answer instead of ${formatElapsed(before)})`;
  const failed = `${failing(other.canary)} instead of ${formatCount(then.canary.failed)}`;
  return `Would have rolled back at ${clock(other)} instead of ${clock(then)}${after}, with ${failed}: ${other.reason}.`;
}

/** From the earliest moment the first request can have failed to a verdict, ms. */
function findLateness({ looks }: Recording, { at }: Telling): number | undefined {
  const first = looks.flatMap(({ samples }) => samples).find(({ canary }) => canary.failed > 0);
  return first === undefined || first.at > at ? undefined : at - (first.at - first.spanMs);
}

/** The evidence for a rollback that came nearest to its threshold. */
function describeNearest({ evidence, thresholds }: Replay): string {
  const kinds: readonly (readonly [string, keyof Evidence, number | undefined])[] = [
    ["worse than stable", "relative", thresholds.relative],
    ["above the limit", "limit", thresholds.limit],
    ["slower than stable", "slower", thresholds.slower],
    ["above the latency limit", "tooSlow", thresholds.tooSlow],
  ];
  const known = kinds.flatMap(([name, kind, needed]) => {
    const reached = evidence[kind];
    return needed === undefined || reached === undefined ? [] : [{ name, needed, reached }];
  });
  const [nearest] = known.toSorted((a, b) => b.reached / b.needed - a.reached / a.needed);
  if (nearest === undefined) return "";
  const { name, needed, reached } = nearest;
  return `At the end it was ${name} by odds of ${formatEvidence(reached)}, which takes ${formatEvidence(needed)}.`;
}

const DECISIONS: Readonly<Record<Decision, string>> = {
  advance: "advance",
  wait: "wait on",
  hold: "hold",
  pause: "pause",
  rollback: "roll back",
};

function renderTable({ plan, told }: Recording, now: Replay): string {
  const cell = (telling: Telling | undefined) =>
    telling === undefined
      ? ""
      : `${formatClock(telling.at - plan.at)} ${DECISIONS[telling.decision]} (${failing(telling.canary)})`;
  const all = [...told, ...now.told].toSorted((a, b) => a.at - b.at);
  const rows = [...new Set(all.map(({ weight }) => weight))].flatMap((weight) => {
    const [then, other] = [told, now.told].map((list) => list.filter((telling) => telling.weight === weight));
    const length = Math.max(then?.length ?? 0, other?.length ?? 0);
    return Array.from({ length }, (_, i) => [i === 0 ? `${weight} %` : "", cell(then?.[i]), cell(other?.[i])]);
  });
  if (rows.length === 0) return "The gate decided nothing, then or now.";
  return alignColumns([["weight", "then", "now"], ...rows]);
}

function findRollback(told: readonly Telling[]): Telling | undefined {
  return told.find(({ decision }) => decision === "rollback");
}

function failing({ failed }: Counts): string {
  return `${formatCount(failed)} failing`;
}

/** Which of the written settings differ, each with what it was. */
export function listChanges(then: unknown, now: unknown, path = ""): readonly string[] {
  if (JSON.stringify(then) === JSON.stringify(now)) return [];
  if (!isTree(then) || !isTree(now)) return [`${path} ${writeSetting(now)} (was ${writeSetting(then)})`];
  const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  return keys.flatMap((key) => listChanges(then[key], now[key], path === "" ? key : `${path}.${key}`));
}

function writeSetting(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return value === undefined ? "not set" : "on";
  const ms = parseDuration(value);
  return ms === undefined ? value : formatLatency(ms);
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
