import { z } from "zod";

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** Parses `"250ms"`, `"15s"`, `"1.5m"` or `"2h"` to milliseconds; `undefined` when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = PATTERN.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS]);
}

/** Whole seconds, rounded up: what Kubernetes, Docker and Pulumi count in. */
export function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}

/** Writes milliseconds as a person says them: `"1 h 30 m"`, `"2 m 5 s"`, `"15 s"`, `"0.4 s"`. */
export function formatDuration(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1).replace(/\.0$/, "")} s`;
  const inSeconds = Math.round(ms / 1_000);
  if (inSeconds < 60) return `${inSeconds} s`;
  const [minutes, rest] = [Math.floor(inSeconds / 60), inSeconds % 60];
  if (minutes >= 60) {
    const [hours, more] = [Math.floor(minutes / 60), minutes % 60];
    return more === 0 ? `${hours} h` : `${hours} h ${more} m`;
  }
  return rest === 0 ? `${minutes} m` : `${minutes} m ${rest} s`;
}

/** Writes the time that an answer takes: `"100 ms"`, and from a second on as other durations. */
export function formatLatency(ms: number): string {
  return ms < 1_000 ? `${ms} ms` : formatDuration(ms);
}

/** A duration in a stack file: written with its unit, read as milliseconds. */
export const durationText = z
  .string()
  .meta({ title: "duration", pattern: PATTERN.source })
  .transform((text, ctx) => {
    const ms = parseDuration(text);
    if (ms !== undefined) return ms;
    ctx.addIssue({ code: "custom", message: 'write a number with its unit: "15s", "5m" or "250ms"', input: text });
    return z.NEVER;
  });

/** The same, with a default. */
export function duration(fallback: string) {
  return durationText.prefault(fallback);
}
