import { z } from "zod";
import { SECRETS_KEY } from "./secrets.ts";
import { stackSchema } from "./schema.ts";

/** A JSON schema, as far as it is written and read here. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly patternProperties?: Readonly<Record<string, JsonSchema | false>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/** What the stack schema says of a field's form; what it checks between fields is beyond a JSON schema. */
export function sectionSchemas(): JsonSchema {
  return z.toJSONSchema(stackSchema, { io: "input", target: "draft-7", reused: "inline" }) as JsonSchema;
}

const secret: JsonSchema = {
  type: "object",
  properties: { secure: { type: "string", description: "The encrypted text." } },
  required: ["secure"],
  additionalProperties: false,
};

const secrets: JsonSchema = {
  description:
    'Secrets of the service, by the names of their environment variables: "pulumi config set --secret --path".',
  type: "object",
  additionalProperties: secret,
};

/**
 * The JSON schema of a stack file, for editors: settings of other namespaces are anybody's, and a setting of ours that
 * does not exist is a mistake.
 */
export function stackFileSchema(): JsonSchema {
  const { properties: sections = {}, required = [] } = sectionSchemas();
  const ours = { ...sections, [SECRETS_KEY]: secrets };
  const prefixed = Object.entries(ours).map(([name, section]) => [`sluice:${name}`, section] as const);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Stack file of Sluice",
    description: "Pulumi.<stack>.yaml. Generated from config/schema.ts; docs/configuration.md has the same in words.",
    type: "object",
    properties: {
      config: {
        type: "object",
        properties: Object.fromEntries(prefixed),
        patternProperties: { [`^sluice:(?!(${Object.keys(ours).join("|")})$)`]: false },
        required: required.map((name) => `sluice:${name}`),
      },
    },
    required: ["config"],
  };
}
