import { join } from "node:path";
import { run, type RunOptions } from "./run.ts";
import type { LabPaths } from "./settings.ts";
import type { Toolbox } from "./toolchain/toolbox.ts";

/** What components and tasks are made from. */
export interface LabContext {
  readonly paths: LabPaths;
  readonly toolbox: Toolbox;
  /** Runs kubectl against the lab's cluster. */
  readonly kubectl: (args: readonly string[], options?: RunOptions) => Promise<string>;
  /** Runs containerd's ctr in the namespace that Kubernetes uses. */
  readonly ctr: (args: readonly string[]) => Promise<string>;
}

/** Binds the tools to the lab's paths. */
export function createContext(paths: LabPaths, toolbox: Toolbox): LabContext {
  return {
    paths,
    toolbox,
    kubectl: (args, options) =>
      run(
        toolbox.command("kubectl"),
        [
          "--kubeconfig",
          paths.kubeconfig,
          `--cache-dir=${join(paths.run, "kubectl")}`,
          "--request-timeout=20s",
          ...args,
        ],
        options,
      ),
    ctr: (args) =>
      run(toolbox.command("ctr"), ["--address", paths.containerdSocket, "--namespace", "k8s.io", ...args], {
        timeoutMs: 120_000,
      }),
  };
}
