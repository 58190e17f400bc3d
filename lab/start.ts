import { readFile } from "node:fs/promises";
import type { Component, Task } from "./components/component.ts";
import { LabError, messageOf } from "./errors.ts";
import type { GraphNode } from "./graph.ts";
import { formatSeconds, type Reporter } from "./reporter.ts";
import { lastLines } from "./run.ts";
import type { LabPaths } from "./settings.ts";
import type { ProcessState, Supervisor } from "./supervisor/control.ts";
import { programLog } from "./supervisor/render.ts";
import { passes, waitFor } from "./wait.ts";

/** What starting needs to know. */
export interface Surroundings {
  readonly supervisor: Supervisor;
  readonly paths: LabPaths;
  readonly reporter: Reporter;
}

/**
 * Starts a component and waits until it is ready. One that runs and answers is left alone; one that runs and does not
 * answer is replaced.
 */
export function componentNode(
  component: Component,
  state: ProcessState | undefined,
  surroundings: Surroundings,
): GraphNode {
  const { program, after, isReady, readyWithinS } = component;
  const { supervisor, paths, reporter } = surroundings;
  return {
    name: program.name,
    after,
    async perform() {
      const startedAt = performance.now();
      let verb = "started";
      if (state?.state === "RUNNING") {
        if (await waitFor(isReady, { timeoutMs: 5000 })) {
          reporter.line(`  ${program.name.padEnd(24)} runs (pid ${state.pid ?? "?"})`);
          return;
        }
        verb = "replaced, it did not answer,";
        await supervisor.stop([program.name]);
      }
      reporter.live(program.name, `  ${program.name.padEnd(24)} starting`);
      // Whether it stays up is supervisord's business; what counts here is that it becomes ready.
      void supervisor.start(program.name).catch(() => undefined);
      const ready = await waitFor(isReady, { timeoutMs: readyWithinS * 1000 });
      reporter.done(program.name);
      if (!ready) throw new LabError(await describeUnready(component, paths));
      reporter.line(`  ${program.name.padEnd(24)} ${verb} in ${formatSeconds(performance.now() - startedAt)}`);
    },
  };
}

async function describeUnready({ program, readyWithinS, isReady }: Component, paths: LabPaths): Promise<string> {
  const log = programLog(program.name, paths);
  const why = await isReady().then(
    () => "",
    (error: unknown) => ` (${messageOf(error)})`,
  );
  const tail = lastLines(await readFile(log, "utf8").catch(() => ""), 12);
  return (
    `${program.name} was not ready within ${readyWithinS} s${why}. The end of ${log}:\n${tail}\n` +
    "If this stays so, `npm run lab -- down` removes the cluster with its data; then try `up` again."
  );
}

/** Performs a task unless it is done. */
export function taskNode({ name, after, isDone, perform }: Task, reporter: Reporter): GraphNode {
  return {
    name,
    after,
    async perform() {
      const startedAt = performance.now();
      if (await passes(isDone)) return;
      reporter.live(name, `  ${name.padEnd(24)} under way`);
      await perform().finally(() => reporter.done(name));
      reporter.line(`  ${name.padEnd(24)} made in ${formatSeconds(performance.now() - startedAt)}`);
    },
  };
}
