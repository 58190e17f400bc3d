import path from "node:path";
import { sectionSchemas, stackFileSchema } from "../config/json-schema.ts";
import { renderConfigurationPage } from "./configuration-page.ts";
import { RULES } from "../policies/rules/all.ts";
import { deriveEventSchema } from "./event-schema.ts";
import { renderPoliciesPage } from "./policies-page.ts";

const DOCS = path.resolve(import.meta.dirname, "../docs");

/** The files of the documentation that are generated, as they should be. */
export function generatedFiles(): readonly { readonly file: string; readonly content: string }[] {
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
  return [
    { file: path.join(DOCS, "stack.schema.json"), content: json(stackFileSchema()) },
    { file: path.join(DOCS, "configuration.md"), content: renderConfigurationPage(sectionSchemas()) },
    { file: path.join(DOCS, "policies.md"), content: renderPoliciesPage(RULES) },
    { file: path.join(DOCS, "events.schema.json"), content: json(deriveEventSchema()) },
  ];
}
