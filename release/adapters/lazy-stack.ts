import { UserError } from "../errors.ts";
import type { StackDriver } from "../ports.ts";
import { stackFilePath, writeReleaseState } from "./stack-file.ts";

/**
 * The stack, without Pulumi until something is asked of it that only Pulumi can do: what has to be quick, or to work while
 * Pulumi or its backend does not, comes before that.
 */
export function openStackLater(projectDir: string, stackName: string): StackDriver {
  let opened: Promise<StackDriver> | undefined;
  const open = (): Promise<StackDriver> => {
    opened ??= import("./pulumi-stack.ts").then(({ openPulumiStack }) => openPulumiStack(projectDir, stackName));
    // What failed is tried anew the next time.
    opened.catch(() => (opened = undefined));
    return opened;
  };
  return {
    save: (state) => writeReleaseState(stackFilePath(projectDir, stackName), state),
    up: async (signal) => (await open()).up(signal),
    unlock: async () => (await open()).unlock(),
    readHandle: async () => (await open()).readHandle(),
  };
}

/** Where there is only the cluster: nothing can be brought to agree with it from here. */
export function missingStack(): StackDriver {
  const refuse = () =>
    Promise.reject(new UserError("no stack was named, so its file and Pulumi's state still say what was before"));
  return { save: refuse, up: refuse, unlock: refuse, readHandle: refuse };
}
