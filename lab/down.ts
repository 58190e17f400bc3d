import { rm } from "node:fs/promises";
import { join } from "node:path";
import { containerdState } from "./components/containerd.ts";
import { dockerData } from "./components/dockerd.ts";
import { LabError } from "./errors.ts";
import { remainingLinks, removeBridge } from "./machine/bridge.ts";
import { findDockerBridges, removeDockerBridges } from "./machine/docker-bridges.ts";
import { podProcesses, remainingCgroups, removeCgroups } from "./machine/cgroups.ts";
import { findMounts, unmountAll } from "./machine/mounts.ts";
import { findOutsideFiles, removeOutsideFiles } from "./machine/outside-files.ts";
import { endProcesses, findMarkedProcesses, isShim } from "./machine/processes.ts";
import { thisMachine } from "./machine/requirements.ts";
import { formatSeconds, type Reporter } from "./reporter.ts";
import { tryRun } from "./run.ts";
import { labPaths, type LabPaths, network } from "./settings.ts";
import { waitFor } from "./wait.ts";

/**
 * Ends everything of the lab, whatever is left of it: processes are found by their mark and pods by their cgroup, so it
 * needs none of the lab's own programs to work. Returns whether nothing is left; what is left has been reported.
 */
export async function bringDown(reporter: Reporter, keepData: boolean): Promise<boolean> {
  const startedAt = performance.now();
  const paths = labPaths();
  const machine = thisMachine();
  if (machine.platform !== "linux" || machine.uid !== 0) {
    throw new LabError("The lab runs as root on Linux only, so there is none to end here.");
  }
  await endEverything(paths, reporter);
  const outside = await findOutsideFiles(paths.state, bundlesDirectory(paths));
  await unmountAll(paths.state);
  await removeBridge();
  await removeDockerBridges(dockerData(paths));
  await removeCgroups();
  await removeOutsideFiles(outside);
  await removeState(paths, keepData);

  const left = await findRemains(paths);
  for (const line of left) reporter.line(`  left: ${line}`);
  const took = formatSeconds(performance.now() - startedAt);
  reporter.line(
    left.length > 0
      ? `The lab is down after ${took}, but ${left.length} things of it are left (above).`
      : `The lab is down after ${took}: no process, mount, link, cgroup or rule of it is left.`,
  );
  return left.length === 0;
}

/**
 * The order matters: first supervisord, which would start others again, then those who would start pods again, then the
 * pods, their shims last, so that containerd's state can be unmounted.
 */
async function endEverything(paths: LabPaths, reporter: Reporter): Promise<void> {
  const marked = await findMarkedProcesses(paths.state);
  const supervisors = marked.filter((process) => process.name.startsWith("python") || process.name === "supervisord");
  await endProcesses(
    supervisors.map((process) => process.pid),
    0,
  );
  const rest = (await findMarkedProcesses(paths.state)).filter((process) => !isShim(process));
  // Nothing here needs to save anything; etcd's data are only worth a clean end if they are kept, and it gets that too.
  await endProcesses(
    rest.map((process) => process.pid),
    3000,
  );
  const pods = await podProcesses();
  await endProcesses(pods, 0);
  const shims = (await findMarkedProcesses(paths.state)).map((process) => process.pid);
  await endProcesses(shims, 1000);
  const components = rest.map((process) => process.name).toSorted();
  if (components.length > 0) reporter.line(`  ended ${components.join(", ")}`);
  if (pods.length > 0) reporter.line(`  ended ${pods.length} processes of pods and ${shims.length} containerd shims`);
  if (marked.length + pods.length === 0) reporter.line("  no process of the lab was running");
}

/** Where containerd keeps one directory per container. */
function bundlesDirectory(paths: LabPaths): string {
  return join(containerdState(paths.run), "io.containerd.runtime.v2.task", "k8s.io");
}

async function removeState(paths: LabPaths, keepData: boolean): Promise<void> {
  const volatile = [paths.run, paths.rules];
  const kept = [paths.data, paths.pki, paths.kubeconfig, paths.pulumiBackend, paths.pulumiHome];
  for (const path of keepData ? volatile : [...volatile, ...kept]) await rm(path, { recursive: true, force: true });
}

/** Everything of the lab that can still be found on the machine, one line each. */
export async function findRemains(paths: LabPaths): Promise<string[]> {
  // The kernel removes a cgroup a moment after its last process.
  await waitFor(
    async () => {
      await removeCgroups();
      return (await remainingCgroups()).length === 0;
    },
    { timeoutMs: 3000 },
  );
  const processes = (await findMarkedProcesses(paths.state)).map(({ pid, name }) => `process ${pid} (${name})`);
  const pods = (await podProcesses()).map((pid) => `process ${pid} of a pod`);
  const mounts = (await findMounts(paths.state)).map((point) => `mount ${point}`);
  const bridges = [...(await remainingLinks()), ...(await findDockerBridges(dockerData(paths)))];
  const links = bridges.map((link) => `network interface ${link}`);
  const cgroups = (await remainingCgroups()).map((directory) => `cgroup ${directory}`);
  const files = await findOutsideFiles(paths.state, bundlesDirectory(paths));
  const rules = ((await tryRun("iptables-save", [])) ?? "")
    .split("\n")
    .filter((line) => line.includes(network.podRange));
  return [
    ...processes,
    ...pods,
    ...mounts,
    ...links,
    ...cgroups,
    ...files,
    ...rules.map((rule) => `iptables rule ${rule}`),
  ];
}
