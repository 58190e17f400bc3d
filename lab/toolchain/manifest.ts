import type { Extra } from "../extras.ts";
import { builds } from "./builds.ts";
import { packages } from "./packages.ts";
import { sourceFiles } from "./source-files.ts";
import type { Tool } from "./tool.ts";

/** Everything that the lab runs. Versions are exact: only these were tried. */
export const tools: readonly Tool[] = [...packages, ...sourceFiles, ...builds];

/** What a lab with these extras is made of. */
export function toolsFor(extras: readonly Extra[]): readonly Tool[] {
  return tools.filter(({ extra }) => extra === undefined || extras.includes(extra));
}
