import type { JsonSchema } from "../config/json-schema.ts";

const HEAD = `# Configuration

Everything that a stack file (\`Pulumi.<stack>.yaml\`) may say under \`config:\`, section by section. This page and
\`stack.schema.json\`, by which editors complete and check stack files, are generated from \`config/schema.ts\`
(\`npm run docs\`). What is checked between fields is told in the error, which lists all problems of a file at once.

Durations are numbers with a unit: \`250ms\`, \`15s\`, \`1.5m\`, \`2h\`. A field without a default may be left out; what then
happens is part of its meaning. In paths, \`[]\` is an element of a list and \`<name>\` a name of your choice; a remark as
\`(kind: canary)\` says for which choice a field exists.

Beside these, \`sluice:secrets\` holds secrets by the names of their environment variables, each set by
\`pulumi config set --secret --path sluice:secrets.<NAME>\`.
`;

interface Field {
  readonly path: string;
  /** The choices on which the field depends. */
  readonly choices: readonly string[];
  readonly schema: JsonSchema;
  readonly required: boolean;
}

/** The whole page: a table for each section of the schema. */
export function renderConfigurationPage(sections: JsonSchema): string {
  const required = sections.required ?? [];
  const parts = Object.entries(sections.properties ?? {}).map(([name, schema]) => {
    const note = required.includes(name) ? " Required." : "";
    const fields = fieldsOf({ path: "", choices: [], schema, required: true }).filter(({ path }) => path !== "");
    return [
      `## sluice:${name}`,
      "",
      `${schema.description ?? ""}${note}`,
      "",
      "| field | type | default | meaning |",
      "| --- | --- | --- | --- |",
      ...renderChoice(schema),
      ...fields.map(renderRow),
      "",
    ].join("\n");
  });
  return [HEAD, ...parts].join("\n");
}

/** What a section that is one of several begins with. */
function renderChoice({ oneOf = [] }: JsonSchema): readonly string[] {
  const choices = oneOf.flatMap(choiceOf).map((choice) => choice.split(": "));
  const [key] = choices[0] ?? [];
  if (key === undefined) return [];
  const values = choices.map(([, value]) => `\`${value ?? ""}\``).join(", ");
  return [`| \`${key}\` | ${values} | **required** | Which it is; most other fields depend on it. |`];
}

/** Every field at or below this one that has a meaning of its own. */
export function fieldsOf(field: Field): readonly Field[] {
  const { choices, path, schema } = field;
  const below = (key: string) => (path === "" ? key : `${path}.${key}`);
  const properties = Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
    fieldsOf({ path: below(key), choices, schema: property, required: schema.required?.includes(key) ?? false }),
  );
  const { additionalProperties: values, items } = schema;
  const named =
    typeof values === "object" ? fieldsOf({ path: below("<name>"), choices, schema: values, required: false }) : [];
  const elements = items === undefined ? [] : fieldsOf({ path: `${path}[]`, choices, schema: items, required: false });
  const forms = [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  const options = forms.flatMap((option) =>
    fieldsOf({ path, choices: [...choices, ...choiceOf(option)], schema: option, required: true }),
  );
  const itself = schema.description === undefined ? [] : [field];
  return [...itself, ...properties, ...named, ...elements, ...options.filter((option) => option.path !== path)];
}

/** By which value an option is chosen: `kind: canary`. */
function choiceOf({ properties = {} }: JsonSchema): readonly string[] {
  return Object.entries(properties).flatMap(([key, { const: value }]) =>
    typeof value === "string" ? [`${key}: ${value}`] : [],
  );
}

function renderRow({ choices, path, required, schema }: Field): string {
  const choice = choices.length === 0 ? "" : ` (${choices.join(", ")})`;
  const fallback = required ? "**required**" : renderDefault(schema.default);
  const cells = [`\`${path}\`${choice}`, renderType(schema), fallback, schema.description ?? ""];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function renderDefault(value: unknown): string {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return value === undefined || (isEmpty && !Array.isArray(value)) ? "" : `\`${JSON.stringify(value)}\``;
}

function renderType(schema: JsonSchema): string {
  if (schema.oneOf !== undefined) {
    const choices = schema.oneOf.flatMap(choiceOf);
    return `one of ${choices.map((choice) => `\`${choice}\``).join(", ")}`;
  }
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(renderType))].join(" or ");
  if (typeof schema.const === "string") return `\`${schema.const}\``;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (schema.title !== undefined) return schema.title;
  if (schema.items !== undefined) return `list of ${renderType(schema.items)}`;
  if (typeof schema.additionalProperties === "object") return `${renderType(schema.additionalProperties)} by name`;
  return [schema.type ?? "anything", renderRange(schema)].filter((part) => part !== "").join(" ");
}

function renderRange({ exclusiveMaximum, exclusiveMinimum, maximum, minimum }: JsonSchema): string {
  const isGiven = (bound: number | undefined): bound is number => bound !== undefined && Math.abs(bound) < 2 ** 53 - 1;
  return [
    isGiven(minimum) ? `≥ ${minimum}` : "",
    isGiven(exclusiveMinimum) ? `> ${exclusiveMinimum}` : "",
    isGiven(maximum) ? `≤ ${maximum}` : "",
    isGiven(exclusiveMaximum) ? `< ${exclusiveMaximum}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}
