import type { MeasureName } from "../../config/experiment.ts";
import type { Interval } from "../experiment/confidence-sequence.ts";
import { formatAmount } from "./format.ts";

/** How the numbers of a measure are written: shares in percent, and no more digits than the data have. */
export interface NumberFormat {
  level(level: number): string;
  /** Signed, with its unit. */
  difference(difference: number): string;
  /** Without a sign where it is positive; the unit once. */
  interval(interval: Interval): string;
  /** A size: an unsigned difference with its unit. */
  size(size: number): string;
}

/** @param interval of the difference, by whose width the digits are chosen: its half has two */
export function numberFormat(measure: MeasureName, { high, low }: Interval): NumberFormat {
  const factor = measure === "conversion" ? 100 : 1;
  const unit = measure === "conversion" ? " points" : "";
  const half = ((high - low) / 2) * factor;
  const decimals = half > 0 ? Math.min(8, Math.max(0, 1 - Math.floor(Math.log10(half)))) : 2;
  const write = (value: number) => {
    const text = Math.abs(value * factor).toLocaleString("en-US", {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
  };
  return {
    level: (level) => `${write(level)}${measure === "conversion" ? " %" : ""}`,
    difference: (difference) => `${difference > 0 ? "+" : ""}${write(difference)}${unit}`,
    interval: ({ high: top, low: bottom }) => `${write(bottom)} to ${write(top)}${unit}`,
    size: (size) => `${write(size)}${unit}`,
  };
}

/** A p-value: `0.34`, `0.021`, `< 0.0001`. */
export function formatP(p: number): string {
  if (p < 0.0001) return "< 0.0001";
  return p >= 0.1 ? p.toFixed(2) : p.toFixed(Math.min(4, 1 - Math.floor(Math.log10(p))));
}

/** A long time: `35 minutes`, `7 hours`, `12 days`. */
export function formatSpan(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 47.5) return formatAmount(Math.round(hours / 24), "day");
  return hours >= 1.95 ? formatAmount(Math.round(hours), "hour") : formatAmount(Math.ceil(hours * 60), "minute");
}

/** `95 %` for α = 0.05. */
export function formatConfidence(alpha: number): string {
  return `${Number((100 * (1 - alpha)).toFixed(3))} %`;
}
