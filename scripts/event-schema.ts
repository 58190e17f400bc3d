import path from "node:path";
import { createGenerator } from "ts-json-schema-generator";
import { FORMAT_VERSION } from "../release/report/json.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

/** A type of events, as JSON schema says it. */
export interface EventSchema {
  readonly type: "object";
  readonly properties: Readonly<Record<string, unknown>> & { readonly type: { readonly const: string } };
  readonly required: readonly string[];
}

/** The JSON schema of a line of `sluice release --json`. */
export interface EventsSchema {
  readonly $schema: string;
  readonly title: string;
  readonly description: string;
  readonly oneOf: readonly EventSchema[];
}

/**
 * Derives the schema of events from their TypeScript types, which are the one place that says what they are.
 *
 * @param closed whether fields that the types do not know are refused; the published schema allows them
 */
export function deriveEventSchema(closed = false): EventsSchema {
  const { anyOf = [] } = createGenerator({
    path: path.join(ROOT, "release/events.ts"),
    tsconfig: path.join(ROOT, "tsconfig.json"),
    type: "ReleaseEvent",
    expose: "none",
    topRef: false,
    jsDoc: "extended",
    // The compiler of this repository checks them.
    skipTypeCheck: true,
    additionalProperties: !closed,
  }).createSchema("ReleaseEvent");
  const v = { type: "number", const: FORMAT_VERSION, description: "Version of the format." };
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Event of a release",
    description:
      "One line of `sluice release --json`. Generated from release/events.ts; docs/events.md has the same in words. " +
      "New types and fields may come without a new `v`.",
    oneOf: (anyOf as unknown as EventSchema[]).map((event) => ({
      ...event,
      properties: { v, ...event.properties },
      required: ["v", ...event.required],
    })),
  };
}
