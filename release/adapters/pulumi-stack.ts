import path from "node:path";
import { ConcurrentUpdateError, LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { routingHandleSchema } from "../../config/outputs.ts";
import { messageOf, StackLocked, UserError } from "../errors.ts";
import type { StackDriver } from "../ports.ts";
import { findHolders, isDead } from "./pulumi-lock.ts";
import { stackFilePath, writeReleaseState } from "./stack-file.ts";

/**
 * The stack by Pulumi's Automation API.
 *
 * @throws UserError when there is no such stack, or no usable Pulumi
 */
export async function openPulumiStack(projectDir: string, stackName: string): Promise<StackDriver> {
  const stack = await selectStack(projectDir, stackName);
  const updating = withoutQuestions(stack);
  const file = stackFilePath(projectDir, stackName);
  return {
    save: (state) => writeReleaseState(file, state),
    async up(signal) {
      try {
        await updating.up({ color: "never", ...(signal === undefined ? {} : { signal }) });
      } catch (error) {
        throw explainUpdate(error, projectDir, stackName);
      }
    },
    unlock: () => stack.cancel(),
    async readHandle() {
      const parsed = routingHandleSchema.safeParse((await stack.outputs()).routing?.value);
      if (parsed.success) return parsed.data;
      throw new UserError('The stack has no output "routing" that this version understands: run "pulumi up" first.');
    },
  };
}

/**
 * The same stack, whose `up` is the update alone. After each update the Automation API asks for outputs (twice) and history,
 * each by a process of its own: more than half of the time of a step, which needs none of the answers.
 */
function withoutQuestions(stack: Stack): Stack {
  const overrides = { outputs: () => Promise.resolve({}), info: () => Promise.resolve(undefined) };
  return Object.assign(Object.create(stack) as Stack, overrides);
}

/** Spares each update from compiling Pulumi's libraries again, unless the user keeps such a cache elsewhere. */
const COMPILE_CACHE = path.resolve(import.meta.dirname, "../../node_modules/.cache/node-compile");

async function selectStack(projectDir: string, stackName: string): Promise<Stack> {
  const envVars = { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? COMPILE_CACHE };
  try {
    return await LocalWorkspace.selectStack({ stackName, workDir: projectDir }, { envVars });
  } catch (error) {
    throw new UserError(`Stack ${stackName} of ${projectDir} cannot be used: ${shorten(messageOf(error))}`, {
      cause: error,
    });
  }
}

/** One message out of the many lines that a failed update prints. */
function explainUpdate(error: unknown, projectDir: string, stackName: string): Error {
  const text = messageOf(error);
  if (error instanceof ConcurrentUpdateError) return describeLock(error, projectDir, stackName);
  return new Error(`pulumi up of ${stackName} failed: ${shorten(text)}`, { cause: error });
}

function describeLock(cause: ConcurrentUpdateError, projectDir: string, stackName: string): StackLocked {
  const found = findHolders(cause.message);
  const dead = found.length > 0 && found.every(isDead);
  const holders = found.map(({ host, pid, since, user }) => `${user}@${host}, pid ${pid}, since ${since}`).join("; ");
  const project = projectDir === process.cwd() ? "" : ` --cwd ${projectDir}`;
  const cancel = `pulumi cancel --yes --stack ${stackName}${project}`;
  const who = holders === "" ? "" : ` (${holders})`;
  return new StackLocked(
    dead
      ? `Stack ${stackName} is locked by an update whose process is dead${who}.\nRemove the lock: ${cancel}`
      : `Stack ${stackName} is locked by another update${who}.\n` +
          `Wait until it has ended; if its process is dead, remove the lock: ${cancel}`,
    holders,
    dead,
    { cause },
  );
}

/** The lines that say what went wrong (`error: …`, and the points `* …` of a list), without the progress around them. */
export function shorten(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const points = lines.filter((line) => line.startsWith("error:") || line.startsWith("* "));
  const said = points.map((line) => line.replace(/^(error:|\*)\s*/, "")).filter((line) => !EMPTY_WORDS.test(line));
  if (said.length > 0) return [...new Set(said)].join("; ");
  return lines.find((line) => line !== "") ?? "no reason given";
}

/** Lines that only announce others. */
const EMPTY_WORDS = /^(update failed|preview failed|\d+ errors? occurred:)$/;
