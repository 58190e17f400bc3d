import type { StackDriver, TrafficSwitch } from "../ports.ts";
import { stackFilePath, writeReleaseState } from "./stack-file.ts";

/**
 * The stack, without Pulumi until something is asked of it that only Pulumi can do: what has to be quick, or to work while
 * Pulumi or its backend does not, comes before that.
 */
export function openStackLater(projectDir: string, stackName: string): StackDriver {
  const stack = later(async () => {
    const { openPulumiStack } = await import("./pulumi-stack.ts");
    return openPulumiStack(projectDir, stackName);
  });
  return {
    save: (state) => writeReleaseState(stackFilePath(projectDir, stackName), state),
    up: async (signal) => (await stack()).up(signal),
    unlock: async () => (await stack()).unlock(),
    readHandle: async () => (await stack()).readHandle(),
  };
}

/** What moves the traffic of an app, looked for at its first use: a server that does not answer yet is asked again. */
export function findSwitchLater(find: () => Promise<TrafficSwitch>): TrafficSwitch {
  const traffic = later(find);
  return {
    read: async () => (await traffic()).read(),
    takeBack: async (...way) => (await traffic()).takeBack(...way),
    switchTo: async (...way) => (await traffic()).switchTo(...way),
  };
}

/** What is opened once; what failed is tried anew the next time. */
function later<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
