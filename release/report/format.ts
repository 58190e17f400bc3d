import { formatDuration } from "../../config/duration.ts";

/** A measured time: `0.31 s` below a second, else as durations are written everywhere. */
export function formatElapsed(ms: number): string {
  return ms < 995 ? `${trim((Math.max(0, ms) / 1000).toFixed(2))} s` : formatDuration(ms);
}

/** Time since the start, in one width for a column: `0:04.2`, `12:30.0`, `1:02:03.4`. */
export function formatClock(ms: number): string {
  const tenths = Math.floor(Math.max(0, ms) / 100);
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, "0");
  const minutes = Math.floor(tenths / 600);
  if (minutes < 60) return `${minutes}:${seconds}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${seconds}`;
}

/**
 * A share from 0 to 1 in percent: `4.9 %`, `0.12 %`, `100 %`. A share that is not quite 0 or 1 never reads as `0 %` or
 * `100 %`.
 */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return "< 0.01 %";
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  return `${trim(percent < 1 ? percent.toFixed(2) : percent.toFixed(1))} %`;
}

/** A whole number with thousands separators: `12,345`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** `1 request`, `2 requests`: a count with its noun. */
export function formatAmount(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/**
 * An e-value from its natural logarithm: `0.4`, `41`, `12,000`, `> 1 million`. Rounded down, so that evidence just short
 * of a threshold never reads as if it had reached it.
 */
export function formatEvidence(ln: number): string {
  // A threshold is ln(200), whose exponential is a hair below 200.
  const value = Math.exp(ln) * (1 + 1e-9);
  if (value > 1e6) return "> 1 million";
  if (value >= 10) return formatCount(Math.floor(value));
  if (value >= 0.1) return trim((Math.floor(value * 10) / 10).toFixed(1));
  return "< 0.1";
}

/** A moment as UTC date and time to the second: `2026-03-01 12:00:07 UTC`. */
export function formatMoment(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Rows with their cells one below the other. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function trim(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
