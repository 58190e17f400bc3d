import type { Thresholds } from "../events.ts";
import type { EvidencePoint } from "./chart-data.ts";
import type { Chart, Guide, Scale } from "./chart-frame.ts";
import { formatEvidence } from "./format.ts";
import { scaleEvidence } from "./scales.ts";

/** How each kind of evidence is drawn; the legend shows the same. */
export const EVIDENCE_STYLES = {
  relative: { color: "var(--relative)", dash: [1, 0] },
  floor: { color: "var(--floor)", dash: [7, 3] },
  limit: { color: "var(--limit)", dash: [2, 2] },
  pass: { color: "var(--pass)", dash: [1, 0] },
  slower: { color: "var(--relative)", dash: [1, 0] },
  tooSlow: { color: "var(--limit)", dash: [2, 2] },
} as const;

/** Evidence against the candidate, as e-values on a log scale. */
export function plotEvidenceAgainst(points: readonly EvidencePoint[], thresholds: Thresholds | undefined): Chart {
  const guides = thresholds === undefined ? [] : nameThresholds(thresholds);
  const scale = scaleEvidence(Math.max(100, ...guides.map(({ value }) => value)));
  return {
    height: 130,
    scale,
    layers: (x, y) => (["limit", "floor", "relative"] as const).flatMap((of) => plotEvidence(points, of, scale)(x, y)),
    guides,
  };
}

/** Evidence that the candidate's answers are too slow, likewise. */
export function plotEvidenceSlow(points: readonly EvidencePoint[], thresholds: Thresholds | undefined): Chart {
  const { hold = 0, slower, tooSlow } = thresholds ?? {};
  const guides =
    slower === undefined || tooSlow === undefined ? [] : nameThresholds({ relative: slower, limit: tooSlow, hold });
  const scale = scaleEvidence(Math.max(100, ...guides.map(({ value }) => value)));
  const layers: Chart["layers"] = (x, y) =>
    (["tooSlow", "slower"] as const).flatMap((of) => plotEvidence(points, of, scale)(x, y));
  return { height: 100, scale, layers, guides };
}

/** Evidence that the candidate is below the limit, as an e-value on a log scale. */
export function plotEvidenceFor(points: readonly EvidencePoint[], thresholds: Thresholds | undefined): Chart {
  const guides: Guide[] =
    thresholds === undefined
      ? []
      : [
          {
            value: Math.exp(thresholds.pass),
            label: `proved at ${formatEvidence(thresholds.pass)}`,
            color: "var(--pass)",
          },
        ];
  const scale = scaleEvidence(Math.max(10, ...guides.map(({ value }) => value)));
  return { height: 70, scale, layers: (x, y) => plotEvidence(points, "pass", scale)(x, y), guides };
}

function plotEvidence(
  points: readonly EvidencePoint[],
  of: keyof typeof EVIDENCE_STYLES,
  scale: Scale,
): Chart["layers"] {
  const { color, dash } = EVIDENCE_STYLES[of];
  const [low, high] = scale.domain;
  // What has left the plot runs along its edge: "far beyond" and "next to nothing" need no measure.
  const values = points.map(({ t, evidence }) => ({
    t,
    e: Math.min(high, Math.max(low, Math.exp(evidence[of] ?? 0))),
  }));
  return (x, y) => [
    {
      data: { values },
      mark: { type: "line", color, strokeDash: [...dash], strokeWidth: 2 },
      encoding: { x: x("t"), y: y("e") },
    },
  ];
}

/** One line for each height of threshold; those that coincide share it. */
function nameThresholds({ relative, limit, hold }: Pick<Thresholds, "relative" | "limit" | "hold">): Guide[] {
  const same = formatEvidence(relative) === formatEvidence(limit);
  const color = "var(--bad)";
  return [
    {
      value: Math.exp(relative),
      label: `roll back at ${formatEvidence(relative)}`,
      color,
    },
    ...(same ? [] : [{ value: Math.exp(limit), label: `over limit at ${formatEvidence(limit)}`, color }]),
    { value: Math.exp(hold), label: `hold from ${formatEvidence(hold)}`, color: "var(--muted)" },
  ];
}
