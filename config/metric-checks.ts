import type { Audience } from "./audience.ts";
import { ARGO_PRESETS } from "./argo-strategy.ts";
import { presetOf, PRESET_ROUTERS, type Measured } from "./metric-presets.ts";
import type { MetricPreset } from "./metrics.ts";
import type { Observability } from "./observability.ts";
import type { Unsupported } from "./router-abilities.ts";
import { hasSlots, type Strategy } from "./strategy.ts";

interface Watched extends Measured {
  readonly audience: Audience;
  readonly observability: Observability;
}

/** Every setting that asks for numbers which the source of metrics cannot give. */
export function findUnmeasurable(stack: Watched): readonly Unsupported[] {
  const { metrics, observability, strategy } = stack;
  const slots = hasSlots(strategy);
  const problems: Unsupported[] = metrics?.preset === undefined ? [] : presetProblems(stack, slots);
  const askers = { rules: observability.rules && slots, dashboard: observability.dashboard };
  for (const [asker, asks] of Object.entries(askers)) {
    if (asks && metrics === undefined)
      problems.push({ path: ["metrics"], message: `is missing: observability.${asker} needs it` });
  }
  if (observability.monitor === "service" && strategy.kind === "argo") {
    const message = "Argo's Services lead to the same pods, which would be scraped twice: use pod";
    problems.push({ path: ["observability", "monitor"], message });
  }
  return problems;
}

/** Without slots only pods tell versions apart; for its own analysis, Argo's canary has a Service as well. */
function slotlessProblems(strategy: Strategy, preset: MetricPreset): Unsupported[] {
  const able: readonly MetricPreset[] = strategy.kind === "argo" ? ARGO_PRESETS[strategy.plan.kind] : ["spring"];
  if (able.includes(preset)) return [];
  const message = `strategy ${strategy.kind} has no slots, which ${preset} would count by: use ${able.join(" or ")}`;
  return [{ path: ["metrics", "preset"], message }];
}

function presetProblems({ audience, router, strategy, ...stack }: Watched, slots: boolean): Unsupported[] {
  const path = ["metrics", "preset"];
  if (!slots) return slotlessProblems(strategy, stack.metrics?.preset ?? "spring");
  const preset = presetOf({ ...stack, router, strategy });
  if (!PRESET_ROUTERS[preset].includes(router.kind)) {
    const able = Object.entries(PRESET_ROUTERS).filter(([, routers]) => routers.includes(router.kind));
    const names = able.map(([name]) => name).join(", ");
    return [{ path, message: `${preset} cannot tell the slots of router ${router.kind} apart: use one of ${names}` }];
  }
  if (preset !== "gateway" || router.kind !== "gateway") return [];
  const problems: Unsupported[] = [];
  if (!router.countSlots) {
    const message = "counts a whole rule, both slots in one: set router.countSlots to true";
    problems.push({ path, message });
  }
  if (strategy.kind === "experiment" || audience.sticky !== undefined) {
    const message = "cannot count users who are kept on one side, for their rule has one slot only: use spring";
    problems.push({ path, message });
  }
  return problems;
}
