import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { messageOf, UserError } from "../errors.ts";
import { shorten } from "./pulumi-stack.ts";

/**
 * The state of a stack, as `pulumi stack export` prints it: secrets stay encrypted.
 *
 * @throws UserError when there is no such stack, or no usable Pulumi
 */
export async function exportStack(projectDir: string, stackName: string): Promise<unknown> {
  try {
    const workspace = await LocalWorkspace.create({ workDir: projectDir });
    return await workspace.exportStack(stackName);
  } catch (error) {
    const reason = shorten(messageOf(error));
    throw new UserError(`${stackName} is no file, and no stack of ${projectDir} that can be read: ${reason}`, {
      cause: error,
    });
  }
}
