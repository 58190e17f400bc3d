import { Temporal } from "temporal-polyfill";
import { WEEKDAYS, type Window } from "../config/windows.ts";
import { UserError } from "./errors.ts";

/** Whether steps forward are allowed at a time, and when that changes, ms since the epoch. */
export type Opening =
  | { readonly open: true; /** `undefined`: not within a week. */ readonly closesAt: number | undefined }
  | { readonly open: false; readonly opensAt: number };

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Every window opens within a week, and one that began yesterday may last until today. */
const DAYS = Array.from({ length: 9 }, (_, i) => i - 1);

/** How long windows that follow on each other are followed: more than a week of it is "always". */
const WEEK_MS = 7 * 24 * 3_600_000;

/** Tells whether the windows allow a step forward at a time. No windows allow everything. */
export function lookAtWindows(windows: readonly Window[], at: number): Opening {
  if (windows.length === 0) return { open: true, closesAt: undefined };
  const spans = windows.flatMap((window) => findSpans(window, at)).sort((a, b) => a.from - b.from);
  const covers = (time: number) => (span: Span) => span.from <= time && time < span.to;
  if (!spans.some(covers(at))) {
    return { open: false, opensAt: Math.min(...spans.map(({ from }) => from).filter((from) => from > at)) };
  }
  let until = at;
  // In the order of their beginnings, so that windows which touch each other are one.
  for (const span of spans) if (covers(until)(span)) until = span.to;
  return { open: true, closesAt: until - at >= WEEK_MS ? undefined : until };
}

/** @throws UserError that says when the release may begin, when that is not now */
export function refuseOutsideWindows(windows: readonly Window[], at: number): void {
  const opening = lookAtWindows(windows, at);
  if (opening.open) return;
  throw new UserError(
    `Nothing was changed: releases may not begin now. The next window opens ${describeTime(opening.opensAt, windows)} ` +
      "(strategy.windows).\nFor what cannot wait: --outside-windows.",
  );
}

/** A moment in words, in the zone of the windows: `Mon 23 Nov 09:00 Europe/Berlin`. */
export function describeTime(at: number, windows: readonly Window[]): string {
  const timeZone = windows[0]?.timeZone ?? "UTC";
  const text = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).format(at);
  return `${text.replaceAll(",", "")} ${timeZone}`;
}

/** When a window is open in the week around a time. Time zones shift: each end is found on its own day. */
function findSpans({ days, from, timeZone, to }: Window, at: number): readonly Span[] {
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
  const overnight = to <= from;
  return DAYS.map((offset) => today.add({ days: offset }))
    .filter((day) => days.some((name) => WEEKDAYS.indexOf(name) + 1 === day.dayOfWeek))
    .map((day) => ({
      from: timeOn(day, from, timeZone),
      to: timeOn(overnight ? day.add({ days: 1 }) : day, to, timeZone),
    }));
}

function timeOn(day: Temporal.PlainDate, time: string, timeZone: string): number {
  const [date, plainTime] = time === "24:00" ? [day.add({ days: 1 }), "00:00"] : [day, time];
  return date.toZonedDateTime({ timeZone, plainTime }).epochMilliseconds;
}
