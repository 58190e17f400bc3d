import path from "node:path";
import { sectionSchemas, stackFileSchema } from "../config/json-schema.ts";
import { renderConfigurationPage } from "./configuration-page.ts";

const DOCS = path.resolve(import.meta.dirname, "../docs");

/** The files about the configuration that are generated, as they should be. */
export function configurationFiles(): readonly { readonly file: string; readonly content: string }[] {
  return [
    { file: path.join(DOCS, "stack.schema.json"), content: `${JSON.stringify(stackFileSchema(), undefined, 2)}\n` },
    { file: path.join(DOCS, "configuration.md"), content: renderConfigurationPage(sectionSchemas()) },
  ];
}
