import { builds } from "./builds.ts";
import { packages } from "./packages.ts";
import { sourceFiles } from "./source-files.ts";
import type { Tool } from "./tool.ts";

/** Everything that the lab runs. Versions are exact: only these were tried. */
export const tools: readonly Tool[] = [...packages, ...sourceFiles, ...builds];
