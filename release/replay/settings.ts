import { z } from "zod";
import { formatLatency } from "../../config/duration.ts";
import { gateSchema, gateSettings, type GateSettings } from "../../config/gate.ts";
import type { JsonSchema } from "../../config/json-schema.ts";
import { ConfigError, describeIssue } from "../../config/parse.ts";
import type { Recording } from "./recording.ts";

/** Settings as somebody writes them. */
export type Written = Readonly<Record<string, unknown>>;

/** What a record has no samples for. */
const FIXED = ["declared", "emergency", "pods", "incidents"] as const;

/**
 * The settings of a recorded release with changes, checked as those of a stack file are.
 *
 * @param changes what differs, in the form of a stack file's section `gate`
 * @param source where the changes come from, for the error
 * @throws ConfigError that lists every problem
 */
export function changeSettings({ baseline, settings }: Recording, changes: Written, source: string): GateSettings {
  const fixed = FIXED.filter((key) => key in changes).map(
    (key) =>
      `sluice:gate.${key}: cannot be replayed; what declared gates, pods and the hour before said stays as it was`,
  );
  const parsed = gateSchema.safeParse(merge(writeSettings(settings), changes), { reportInput: true });
  const wrong =
    parsed.error?.issues.flatMap((issue) => describeIssue({ ...issue, path: ["gate", ...issue.path] })) ?? [];
  const untimed = parsed.success ? findUntimed(settings, gateSettings(parsed.data), baseline.latency?.compared) : [];
  const problems = [...fixed, ...wrong, ...untimed];
  if (!parsed.success || problems.length > 0) throw new ConfigError(source, problems);
  return gateSettings(parsed.data);
}

/** Of the time of answers only so much is known as was counted. */
function findUntimed(then: GateSettings, now: GateSettings, compared: readonly number[] = []): readonly string[] {
  if (now.latency === "off") return [];
  if (then.latency === "off") return ["sluice:gate.latency: was off in this release, so that no answer was timed"];
  if (now.latency.compareFrom !== then.latency.compareFrom) {
    const were = formatLatency(then.latency.compareFrom);
    return [`sluice:gate.latency.compareFrom: cannot be replayed; answers were counted from ${were} on`];
  }
  const known = [...compared, then.latency.limit];
  if (known.includes(now.latency.limit)) return [];
  const edges = [...new Set(known)].map((ms) => `${ms}ms`).join(", ");
  return [`sluice:gate.latency.limit: answers were counted at ${edges} only (is ${formatLatency(now.latency.limit)})`];
}

const SCHEMA = z.toJSONSchema(gateSchema, { io: "input", target: "draft-7", reused: "inline" }) as JsonSchema;

/** Parsed settings as a stack file has them. */
export function writeSettings(settings: GateSettings): unknown {
  return write(settings, SCHEMA);
}

/** The schema knows which of the numbers are durations. */
function write(value: unknown, schema: JsonSchema | undefined): unknown {
  if (typeof value === "number" && schema?.title === "duration") return `${value}ms`;
  if (!isTree(value)) return value;
  const form = [schema, ...(schema?.anyOf ?? [])].find((variant) => variant?.properties !== undefined);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, write(inner, form?.properties?.[key])]));
}

function merge(under: unknown, over: Written): Written {
  const base = isTree(under) ? under : {};
  const merged = Object.entries(over).map(([key, value]) => [key, isTree(value) ? merge(base[key], value) : value]);
  return { ...base, ...(Object.fromEntries(merged) as Written) };
}

function isTree(value: unknown): value is Written {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
