import { formatDuration } from "../config/duration.ts";
import type { RouterKind } from "../config/router.ts";
import type { Advice } from "./advise.ts";

/** What a person reads: the advice, its reasons, and what to paste. */
export function renderAdvice(advice: Advice, present: RouterKind | undefined): string {
  const { bakeMs, reasons, router, strategy, weights } = advice;
  const how =
    weights === undefined
      ? `one switch${bakeMs === undefined ? "" : `, watched for ${formatDuration(bakeMs)}`}`
      : `weights ${weights.join(", ")}`;
  return [
    `Advice: ${strategy} through router ${router}, ${how}.`,
    "",
    "Why:",
    ...reasons.map((reason) => `  - ${reason}`),
    "",
    "For the stack file, under config:",
    renderExcerpt(advice, present),
  ].join("\n");
}

/** What to paste below `config:`; what only the user knows is marked. */
export function renderExcerpt(
  { beside, bakeMs, router, sticky, strategy, weights }: Advice,
  present: RouterKind | undefined,
): string {
  return [
    "  sluice:strategy:",
    `    kind: ${strategy}`,
    ...(weights === undefined ? [] : [`    weights: [${weights.join(", ")}]`]),
    ...(bakeMs === undefined ? [] : [renderBake(bakeMs)]),
    ...(router === present ? [] : renderRouter()),
    ...(sticky
      ? ["  sluice:audience:", "    sticky: { header: x-user-bucket } # 00 to 99, set by the edge or the service"]
      : []),
    ...(beside.includes("flags")
      ? ["  sluice:flags:", "    new-behaviour: { on: false } # one for each part; on later"]
      : []),
    ...(beside.includes("database") ? renderDatabase() : []),
  ].join("\n");
}

function renderBake(bakeMs: number): string {
  return `    bake: ${bakeMs / 60_000}m`;
}

/** Of the one router that is ever proposed in place of another. */
function renderRouter(): readonly string[] {
  return [
    "  sluice:router:",
    "    kind: istio",
    "    hosts: [checkout.example.com] # yours",
    "    gateways: [istio-ingress/public] # yours",
  ];
}

function renderDatabase(): readonly string[] {
  return [
    "  sluice:database:",
    "    backup: { command: [/app/backup] } # yours",
    "    expand: { command: [/app/migrate, expand] } # yours",
    "    contract: { command: [/app/migrate, contract] } # yours; approvedFor comes later",
  ];
}
