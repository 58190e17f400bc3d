import type { Band, Mark, MarkKind } from "./chart-data.ts";
import type { Guide, Layer, Position, Scale } from "./chart-frame.ts";

/** How each kind of mark is drawn; the legend shows the same. */
export const MARK_STYLES: Readonly<Record<MarkKind, { readonly color: string; readonly dash: number[] }>> = {
  advance: { color: "var(--step)", dash: [2, 3] },
  rollback: { color: "var(--bad)", dash: [1, 0] },
  "traffic-back": { color: "var(--bad)", dash: [5, 3] },
  "traffic-stuck": { color: "var(--bad)", dash: [2, 2] },
  promoted: { color: "var(--good)", dash: [1, 0] },
};

/** How each kind of band is shaded. */
export const BAND_COLORS: Readonly<Record<Band["decision"], string>> = { hold: "var(--hold)", pause: "var(--pause)" };

/** Shades the times of hold and pause. */
export function drawBands(bands: readonly Band[], x: (field: string) => Position): Layer[] {
  return bands.map(({ decision, from, to }) => ({
    data: { values: [{ from, to }] },
    mark: { type: "rect", color: BAND_COLORS[decision], opacity: 0.25 },
    encoding: { x: x("from"), x2: { field: "to" } },
  }));
}

/** Draws a line over the whole height at each mark. */
export function drawMarks(marks: readonly Mark[], x: (field: string) => Position): Layer[] {
  return marks.map(({ t, kind }) => ({
    data: { values: [{ t }] },
    mark: { type: "rule", color: MARK_STYLES[kind].color, strokeDash: MARK_STYLES[kind].dash, strokeWidth: 1.5 },
    encoding: { x: x("t") },
  }));
}

/** Draws a line over the whole width for each guide, with its label on the right. */
export function drawGuides(
  guides: readonly Guide[],
  scale: Scale,
  size: { readonly width: number; readonly height: number },
  y: (field: string) => Position,
): Layer[] {
  const places = spread(guides.map(({ value }) => place(value, scale, size.height)));
  return guides.flatMap(({ value, label, color }, index): Layer[] => [
    {
      data: { values: [{ value }] },
      mark: { type: "rule", color, strokeDash: [6, 3], strokeWidth: 1.2 },
      encoding: { y: y("value") },
    },
    {
      data: { values: [{ label }] },
      mark: { type: "text", align: "left", baseline: "middle", fontSize: 11, color },
      encoding: { x: { value: size.width + 8 }, y: { value: places[index] ?? 0 }, text: { field: "label" } },
    },
  ]);
}

function place(value: number, { type, domain: [low, high] }: Scale, height: number): number {
  const on = type === "log" ? Math.log : (plain: number) => plain;
  return height * (1 - (on(value) - on(low)) / (on(high) - on(low)));
}

/** Moves labels apart that would overlap; the order from top to bottom stays. */
function spread(places: readonly number[]): number[] {
  const moved = [...places];
  const order = moved.map((_, index) => index).sort((a, b) => (places[a] ?? 0) - (places[b] ?? 0));
  let last = -Infinity;
  for (const index of order) {
    last = Math.max(places[index] ?? 0, last + 13);
    moved[index] = last;
  }
  return moved;
}
