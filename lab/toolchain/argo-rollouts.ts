import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { goEnvironment, goModuleDirectory } from "./go-modules.ts";

const module = "github.com/argoproj/argo-rollouts";
export const argoRolloutsVersion = "1.10.0";

const everywhere = '"0.0.0.0:%d"';
const loopback = '"127.0.0.1:%d"';

/** What no build needs, and most of the module's size. */
const leftOut = ["docs", "manifests", "test", "ui"];

/**
 * Builds the controller from a copy of its module that listens on loopback: the address of its two HTTP servers is a
 * constant, and nothing of the lab may be reached from outside this machine.
 */
export async function prepareArgoRollouts(sourceDirectory: string): Promise<void> {
  const from = await goModuleDirectory(module, `v${argoRolloutsVersion}`);
  const copy = join(sourceDirectory, "argo-rollouts");
  await cp(from, copy, { recursive: true, filter: (path) => !leftOut.some((name) => path === join(from, name)) });
  const file = join(copy, "controller", "controller.go");
  const text = bindToLoopback(await readFile(file, "utf8"));
  await rm(file); // a module's files are read-only
  await writeFile(file, text);
  await run("go", ["mod", "edit", `-replace=${module}=./argo-rollouts`], { cwd: sourceDirectory, env: goEnvironment });
}

/** Changes the one place that says where the controller listens; throws a LabError where there is not exactly one. */
export function bindToLoopback(source: string): string {
  const parts = source.split(everywhere);
  if (parts.length !== 2) throw new LabError(`Argo Rollouts names ${everywhere} ${parts.length - 1} times, not once.`);
  return parts.join(loopback);
}
