import { access, mkdir, readdir, readFile, rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const mount = "/sys/fs/cgroup";

/** The cgroup, in every hierarchy, under which the kubelet puts the pods. */
export const nodeCgroup = "/sluice";

/** The node's directory in each hierarchy that this machine has: one per controller (v1), or a single one (v2). */
async function nodeDirectories(): Promise<string[]> {
  if (await exists(join(mount, "cgroup.controllers"))) return [join(mount, nodeCgroup)];
  const hierarchies = await readdir(mount).catch(() => []);
  return hierarchies.map((hierarchy) => join(mount, hierarchy, nodeCgroup));
}

/** Makes the node's cgroups. */
export async function ensureCgroups(): Promise<void> {
  for (const directory of await nodeDirectories()) {
    await mkdir(directory, { recursive: true });
    // A new cpuset of v1 is empty, and no process may enter an empty one.
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      const own = join(directory, file);
      if (!(await exists(own)) || (await readFile(own, "utf8")).trim() !== "") continue;
      await writeFile(own, await readFile(join(directory, "..", file), "utf8")).catch(() => undefined);
    }
  }
}

/** Processes in the node's cgroups: those of the pods, whatever became of containerd. */
export async function podProcesses(): Promise<number[]> {
  const pids = new Set<number>();
  for (const directory of await nodeDirectories()) {
    for (const child of await descend(directory)) {
      const text = await readFile(join(child, "cgroup.procs"), "utf8").catch(() => "");
      for (const pid of text.split("\n")) if (pid !== "" && pid !== "0") pids.add(Number(pid));
    }
  }
  return [...pids];
}

/** Removes the node's cgroups; those that still hold processes stay. */
export async function removeCgroups(): Promise<void> {
  for (const directory of await nodeDirectories()) {
    for (const child of (await descend(directory)).reverse()) await rmdir(child).catch(() => undefined);
  }
}

/** The node's cgroups that exist. */
export async function remainingCgroups(): Promise<string[]> {
  const found = await Promise.all((await nodeDirectories()).map(descend));
  return found.flat();
}

/** A cgroup and all below it, parents first; empty where it does not exist. */
async function descend(directory: string): Promise<string[]> {
  if (!(await exists(directory))) return [];
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => []);
  const children = entries.filter((entry) => entry.isDirectory()).map((entry) => join(directory, entry.name));
  return [directory, ...(await Promise.all(children.map(descend))).flat()];
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
