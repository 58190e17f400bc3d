import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import type { ReleaseState } from "../../config/release-state.ts";
import type { StackConfig } from "../../config/schema.ts";
import { findPlain, SECRETS_KEY } from "../../config/secrets.ts";
import { UserError } from "../errors.ts";

const PREFIX = "sluice:";

/** The file that configures a stack. */
export function stackFilePath(projectDir: string, stack: string): string {
  return path.join(projectDir, `Pulumi.${stack}.yaml`);
}

/**
 * Reads the whole configuration of a stack, without Pulumi.
 *
 * @throws UserError when there is no such file, ConfigError when its content is wrong
 */
export async function readStackFile(file: string): Promise<StackConfig> {
  const document = parseDocument(await readText(file));
  const broken = document.errors.map(({ message }) => message.split("\n")[0] ?? message);
  if (broken.length > 0) throw new ConfigError(file, broken);
  const content: unknown = document.toJS();
  const config = isRecord(content) && isRecord(content.config) ? content.config : {};
  // Secrets are not read: a release moves them along, encrypted as they are.
  const { [`${PREFIX}${SECRETS_KEY}`]: secrets, ...others } = config;
  const ours = Object.entries(others).filter(([key]) => key.startsWith(PREFIX));
  const values = Object.fromEntries(ours.map(([key, value]) => [key.slice(PREFIX.length), value]));
  return parseStackConfig(values, file, findPlain(secrets));
}

/** Writes the release state into the file, whole or not at all, and leaves the rest and its comments as they are. */
export async function writeReleaseState(file: string, state: ReleaseState): Promise<void> {
  const document = parseDocument(await readText(file));
  document.setIn(["config", `${PREFIX}release`], document.createNode(state));
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(beside, document.toString({ lineWidth: 0 }), { flush: true });
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(`There is no stack file ${file}: name the stack with --stack and its project with --project.`, {
      cause: error,
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
