import { liveVersion } from "../../config/release-state.ts";
import { foretell } from "../foretell.ts";
import { candidateSlot, nameVersion, planRelease } from "../plan.ts";
import { renderForecast } from "../report/forecast-text.ts";
import { openMetrics } from "../session.ts";

export interface PlanOptions {
  readonly stack: string;
  readonly project: string;
  readonly image: string;
  readonly version?: string;
  readonly json?: true;
}

/**
 * What a release would do and what it could see, as text for a person or as JSON. Asks Prometheus, changes nothing.
 *
 * @throws UserError or ConfigError when the release could not be planned
 */
export async function showPlan(options: PlanOptions): Promise<string> {
  const { image, json, stack } = options;
  const { config, ports } = await openMetrics(options);
  const plan = planRelease(config, { image, version: nameVersion(options) });
  const foreseen = await foretell(plan, config, ports);
  const app = config.app.name;
  if (json !== true) return renderForecast(foreseen, { app, stack, plan, segments: config.audience.segments });
  const { candidate, from } = plan;
  const stable = { slot: from.live, version: liveVersion(from).version };
  return JSON.stringify({
    app,
    stack,
    stable,
    candidate: { slot: candidateSlot(plan), version: candidate.version, image },
    ...foreseen,
  });
}

/** `sluice plan` */
export async function runPlan(options: PlanOptions): Promise<void> {
  console.log(await showPlan(options));
}
