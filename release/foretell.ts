import { metricSource } from "../config/metric-presets.ts";
import { counterPreset } from "../config/metric-source.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { messageOf } from "./errors.ts";
import { forecast, type Forecast, type Hour } from "./forecast.ts";
import type { Baseline } from "./gate/baseline.ts";
import { measureTraffic } from "./gate/traffic.ts";
import type { Plan } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { readBaseline } from "./read-baseline.ts";

/** Over how long stable's traffic is measured: long against a scrape, short against a day. */
const MEASURED_MS = 300_000;

/** Measures what stable answers now, and says what a release will show. Never fails: what is not known is told. */
export async function foretell(
  plan: Plan,
  config: DrivenConfig,
  { clock, metrics }: Pick<Ports, "clock" | "metrics">,
): Promise<Forecast> {
  const ground = { gate: config.gate, scrapeIntervalMs: config.metrics.scrapeInterval, now: clock.now() };
  const baseline = await readBaseline(config, metrics, ground.now).catch(() => undefined);
  const hour = baseline && { hour: pick(baseline) };
  try {
    const preset = counterPreset(metricSource(config));
    const series = await metrics.readCounters(preset.selector, ground.now - MEASURED_MS);
    const traffic = measureTraffic(series, preset, plan.from.live);
    return forecast(plan, { ...ground, ...hour, traffic });
  } catch (error) {
    return forecast(plan, { ...ground, ...hour, traffic: undefined, problem: messageOf(error) });
  }
}

function pick({ dispersion, incidentMs }: Baseline): Hour {
  return { ...(dispersion === undefined ? {} : { dispersion }), ...(incidentMs === undefined ? {} : { incidentMs }) };
}
