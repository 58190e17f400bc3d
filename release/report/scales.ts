import type { Scale } from "./chart-frame.ts";

/** A linear axis from 0 to a little above `highest`, with three to five round ticks; `label` writes `datum.value`. */
export function scaleFromZero(highest: number, label: string): Scale {
  const power = 10 ** Math.floor(Math.log10(highest));
  const distance = [0.2, 0.25, 0.5, 1, 2, 2.5].map((part) => part * power).find((part) => highest / part <= 5) ?? power;
  const count = Math.floor(highest / distance) + 1;
  // Rounded, because 3 × 0.1 is not 0.3.
  const ticks = Array.from({ length: count }, (_, index) => Number((index * distance).toPrecision(6)));
  return { type: "linear", domain: [0, highest * 1.06], ticks, label };
}

/** A logarithmic axis for e-values, from a tenth to at least three times the highest threshold. */
export function scaleEvidence(highestThreshold: number): Scale {
  const top = Math.ceil(Math.log10(highestThreshold * 3));
  const ticks = Array.from({ length: top + 2 }, (_, index) => Number((10 ** (index - 1)).toPrecision(1)));
  return { type: "log", domain: [0.1, 10 ** top], ticks, label: "format(datum.value, ',')" };
}
