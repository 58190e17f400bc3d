import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { routingHandleSchema, type RoutingHandle } from "../../config/outputs.ts";
import { messageOf, UserError } from "../errors.ts";
import type { StackDriver } from "../ports.ts";
import { stackFilePath, writeReleaseState } from "./stack-file.ts";

/**
 * The stack by Pulumi's Automation API.
 *
 * @throws UserError when there is no such stack, or no usable Pulumi
 */
export async function openPulumiStack(
  projectDir: string,
  stackName: string,
): Promise<StackDriver & { handle(): Promise<RoutingHandle> }> {
  const stack = await selectStack(projectDir, stackName);
  const file = stackFilePath(projectDir, stackName);
  return {
    save: (state) => writeReleaseState(file, state),
    async up(signal) {
      try {
        const { outputs } = await stack.up({ color: "never", ...(signal === undefined ? {} : { signal }) });
        return readHandle(outputs.routing?.value);
      } catch (error) {
        throw explainUpdate(error, stackName);
      }
    },
    handle: async () => readHandle((await stack.outputs()).routing?.value),
  };
}

async function selectStack(projectDir: string, stackName: string): Promise<Stack> {
  try {
    return await LocalWorkspace.selectStack({ stackName, workDir: projectDir });
  } catch (error) {
    throw new UserError(`Stack ${stackName} of ${projectDir} cannot be used: ${shorten(messageOf(error))}`, {
      cause: error,
    });
  }
}

function readHandle(output: unknown): RoutingHandle {
  const parsed = routingHandleSchema.safeParse(output);
  if (parsed.success) return parsed.data;
  throw new UserError('The stack has no output "routing" that this version understands: run "pulumi up" first.');
}

/** One message out of the many lines that a failed update prints. */
function explainUpdate(error: unknown, stackName: string): Error {
  const text = messageOf(error);
  if (text.includes("the stack is currently locked") || text.includes("[409] Conflict")) {
    const holder = /created by .*/.exec(text)?.[0];
    return new UserError(
      `Stack ${stackName} is locked by another update${holder === undefined ? "" : ` (${holder})`}.\n` +
        'Wait until it has ended; if its process is dead, "pulumi cancel" removes the lock.',
      { cause: error },
    );
  }
  return new Error(`pulumi up of ${stackName} failed: ${shorten(text)}`, { cause: error });
}

/** The lines that say what went wrong, without the progress around them. */
function shorten(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const errors = lines.filter((line) => line.startsWith("error:")).map((line) => line.replace(/^error:\s*/, ""));
  const said = [...new Set(errors)].filter((line) => line !== "update failed");
  return said.length > 0 ? said.join("; ") : (lines.find((line) => line !== "") ?? "no reason given");
}
