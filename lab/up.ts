import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureCertificates, writeKubeconfig } from "./cluster/certificates.ts";
import { allComponents, allTasks } from "./components/all.ts";
import type { Component } from "./components/component.ts";
import { createContext } from "./context.ts";
import { LabError } from "./errors.ts";
import { EXTRAS, noteExtras, readExtras, type Extra } from "./extras.ts";
import { performInOrder } from "./graph.ts";
import { ensureBridge } from "./machine/bridge.ts";
import { ensureDockerBridge } from "./machine/docker-bridges.ts";
import { ensureCgroups } from "./machine/cgroups.ts";
import { findListeners } from "./machine/listeners.ts";
import { endProcesses, findMarkedProcesses, isShim } from "./machine/processes.ts";
import { checkMachine, thisMachine } from "./machine/requirements.ts";
import { formatBytes, formatSeconds, type Reporter } from "./reporter.ts";
import { extraPorts, labPaths, type LabPaths, ports, urls } from "./settings.ts";
import { componentNode, taskNode } from "./start.ts";
import { createSupervisor, type ProcessState, type Supervisor } from "./supervisor/control.ts";
import { renderSupervisorConfig, supervisorFiles } from "./supervisor/render.ts";
import { openToolbox } from "./toolchain/toolbox.ts";

/**
 * Brings the lab up: starts what does not run, replaces what does not work, leaves the rest alone. An extra that was
 * asked for once stays part of the lab until it goes down.
 */
export async function bringUp(asked: readonly Extra[], reporter: Reporter): Promise<void> {
  const startedAt = performance.now();
  const paths = labPaths();
  await checkMachine(thisMachine());
  const noted = await readExtras(paths);
  const extras = EXTRAS.filter((extra) => asked.includes(extra) || noted.includes(extra));
  const toolbox = await openToolbox(paths, extras, reporter);
  const context = createContext(paths, toolbox);
  const components = allComponents(context, extras);
  const supervisor = createSupervisor(join(toolbox.directory("supervisor"), "lib"), paths);

  await prepareDirectories(paths);
  await noteExtras(paths, extras);
  await ensureCertificates(paths);
  await writeKubeconfig(paths);
  await ensureCgroups();
  await ensureBridge();
  if (extras.includes("docker")) await ensureDockerBridge();
  await startSupervisor(components, supervisor, paths, reporter);
  const states = new Map(((await supervisor.states()) ?? []).map((state) => [state.name, state]));
  await checkPorts(states, extras);

  const nodes = [
    ...components.map((component) =>
      componentNode(component, states.get(component.program.name), { supervisor, paths, reporter }),
    ),
    ...allTasks(context, extras).map((task) => taskNode(task, reporter)),
  ];
  await performInOrder(nodes);
  await reportSummary(startedAt, paths, reporter);
}

async function prepareDirectories(paths: LabPaths): Promise<void> {
  const bootFile = join(paths.run, "boot-id");
  const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  const lastBoot = await readFile(bootFile, "utf8").catch(() => boot);
  if (lastBoot !== boot) await rm(paths.run, { recursive: true, force: true }); // sockets and mounts of another life
  const directories = [
    paths.config,
    paths.logs,
    paths.run,
    paths.data,
    paths.rules,
    paths.pulumiBackend,
    paths.pulumiHome,
  ];
  for (const directory of directories) await mkdir(directory, { recursive: true });
  await mkdir(join(paths.data, "etcd"), { recursive: true, mode: 0o700 });
  await writeFile(bootFile, boot);
}

/** Takes over a supervisord that runs; else ends what a dead one left behind, and starts one. */
async function startSupervisor(components: Component[], supervisor: Supervisor, paths: LabPaths, reporter: Reporter) {
  const programs = components.map((component) => component.program);
  for (const [file, content] of programs.flatMap((program) => Object.entries(program.configFiles ?? {}))) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  const files = supervisorFiles(paths);
  await writeFile(files.config, renderSupervisorConfig(programs, paths));
  if ((await supervisor.states()) === undefined) {
    const orphans = (await findMarkedProcesses(paths.state)).filter((process) => !isShim(process));
    if (orphans.length > 0) {
      reporter.line(`supervisord is gone: ending the ${orphans.length} processes that it left`);
      await endProcesses(
        orphans.map((process) => process.pid),
        3000,
      );
    }
    for (const file of [files.socket, files.pid]) await rm(file, { force: true });
  }
  if (!(await supervisor.ensureRunning())) await supervisor.reload();
}

/** Refuses to start where another program holds one of the lab's ports. */
async function checkPorts(states: ReadonlyMap<string, ProcessState>, extras: readonly Extra[]): Promise<void> {
  const own = new Set([...states.values()].map((state) => state.pid));
  const needed = new Set<number>(
    [ports, ...extras.map((extra) => extraPorts[extra])].flatMap((table) => Object.values(table)),
  );
  const taken = (await findListeners()).filter((listener) => needed.has(listener.port) && !own.has(listener.pid));
  if (taken.length === 0) return;
  const list = taken.map(
    ({ address, port, process, pid }) => `  - ${address}:${port} by ${process ?? "?"} (pid ${pid ?? "?"})`,
  );
  throw new LabError(`Other programs listen on ports that the lab needs; end them first:\n${list.join("\n")}`);
}

async function reportSummary(startedAt: number, paths: LabPaths, reporter: Reporter): Promise<void> {
  const memory = (await findMarkedProcesses(paths.state)).reduce((sum, process) => sum + process.memoryBytes, 0);
  reporter.line(
    [
      `The lab is up after ${formatSeconds(performance.now() - startedAt)}, ${formatBytes(memory)} resident.`,
      `  ingress       ${urls.ingress} (the Host header chooses the service)`,
      `  prometheus    ${urls.prometheus}`,
      `  alertmanager  ${urls.alertmanager}`,
      `  envoy admin   ${urls.envoyAdmin}`,
      `  kubeconfig    ${paths.kubeconfig}`,
      'To use it from this shell: eval "$(npm run -s lab -- env)"',
    ].join("\n"),
  );
}
