#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { configurationFiles } from "./configuration-files.ts";

for (const { content, file } of configurationFiles()) {
  await writeFile(file, content);
  console.log(`wrote ${file}`);
}
