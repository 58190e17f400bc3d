import type { DeclaredGate } from "../config/gate-presets.ts";
import { promDuration } from "../config/promql.ts";
import { parseQuery, renderQuery, uses, type QueryTemplate } from "../config/query-template.ts";
import type { Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { messageOf } from "./errors.ts";
import type { Answer } from "./gate/measurement.ts";
import type { MetricsSource } from "./ports.ts";

/** A gate with its queries parsed. */
export interface AskedGate {
  readonly gate: DeclaredGate;
  readonly templates: Readonly<Record<Slot, QueryTemplate>>;
  /** Its numbers mean nothing unless the whole window lies at one weight. */
  readonly byWeight: boolean;
}

/** @throws RangeError when the configuration that the gate comes from was not checked */
export function prepare(gate: DeclaredGate): AskedGate {
  const templates = { blue: parseKnown(gate.queries.blue), green: parseKnown(gate.queries.green) };
  return { gate, templates, byWeight: uses(templates.blue, "weight") };
}

/** The query for one version, as it is sent. */
export function fillIn(
  { gate, templates }: AskedGate,
  { app }: DrivenConfig,
  of: { readonly slot: Slot; readonly version: string; readonly weight: number },
): string {
  const window = promDuration(gate.window);
  return renderQuery(templates[of.slot], { app: app.name, namespace: app.namespace, window, ...of });
}

/** Asks for one number. Never rejects: what goes wrong is an answer, too. */
export async function answer(metrics: MetricsSource, query: string): Promise<Answer> {
  try {
    const values = await metrics.ask(query);
    const value = values[0]?.value;
    if (values.length > 1) return { kind: "error", problem: `the query gave ${values.length} series, not one` };
    return value === undefined ? { kind: "none" } : { kind: "number", value };
  } catch (error) {
    return { kind: "error", problem: messageOf(error) };
  }
}

function parseKnown(query: string): QueryTemplate {
  const parsed = parseQuery(query);
  if ("problem" in parsed) throw new RangeError(`no PromQL: ${query} (${parsed.problem})`);
  return parsed;
}
