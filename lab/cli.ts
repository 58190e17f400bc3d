#!/usr/bin/env node
import { Command } from "commander";
import { bringDown } from "./down.ts";
import { labEnvironment, renderExports } from "./environment.ts";
import { LabError } from "./errors.ts";
import { EXTRAS } from "./extras.ts";
import { addFaultsCommand } from "./faults-command.ts";
import { addLoadCommand } from "./load-command.ts";
import { withLock } from "./lock.ts";
import { showLogs } from "./logs.ts";
import { createReporter } from "./reporter.ts";
import { addSampleCommand } from "./sample-command.ts";
import { labPaths } from "./settings.ts";
import { readStatus, renderStatus } from "./status.ts";
import { bringUp } from "./up.ts";

const program = new Command("lab").description("a one-node cluster with a mesh and metrics on this machine");

program
  .command("up")
  .description("start what does not run, replace what does not work")
  .option("--argo", "with Argo Rollouts' controller too (built once, for three minutes); it stays until `down`")
  .option("--docker", "with a Docker engine too, and images of nginx and Traefik for it; it stays until `down`")
  .action((options: { argo?: boolean; docker?: boolean }) =>
    withLock(labPaths().lock, "up", () =>
      bringUp(
        EXTRAS.filter((extra) => options[extra]),
        createReporter(),
      ),
    ),
  );

program
  .command("down")
  .description("end everything and remove the cluster's data; the tools stay in the cache")
  .option("--keep-data", "keep the cluster's data and Pulumi's state for the next `up`")
  .action(async (options: { keepData?: boolean }) => {
    const clean = await withLock(labPaths().lock, "down", () => bringDown(createReporter(), options.keepData ?? false));
    if (!clean) process.exitCode = 1;
  });

program
  .command("status")
  .description("state, pid, uptime, restarts and memory of each component; exit code 1 unless all are ready")
  .option("--json", "as JSON on standard output")
  .action(async (options: { json?: boolean }) => {
    const status = await readStatus();
    console.log(options.json ? JSON.stringify(status, undefined, 2) : renderStatus(status));
    if (status.state !== "up") process.exitCode = 1;
  });

program
  .command("logs")
  .description("the end of a component's log, or of all")
  .argument("[name]", "component, as `status` names it")
  .option("-f, --follow", "go on as it grows")
  .action((name: string | undefined, options: { follow?: boolean }) => showLogs(name, options.follow ?? false));

program
  .command("env")
  .description('shell lines that point at the lab: eval "$(npm run -s lab -- env)"')
  .action(() => void process.stdout.write(renderExports(labEnvironment())));

addLoadCommand(program);
addSampleCommand(program);
addFaultsCommand(program);
program
  .command("demo")
  .description("release a good, a bad and a broken version under live traffic, and tell what users saw")
  .option("--docker", "on a Docker host, behind nginx and then behind Traefik, in place of the cluster")
  .option("--keep", "leave the lab up afterwards")
  .action(async ({ docker, keep }: { docker?: true; keep?: true }) => {
    // Pulumi's libraries take a second to load: only here.
    const { showDemo, showHostDemo } = await import("./demo.ts");
    process.exitCode = await (docker === true ? showHostDemo : showDemo)(keep === true);
  });

// Ending by `exit` lets a build that is under way remove its unfinished directory.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  console.error(`lab: ${error.message}`);
  process.exitCode = 1;
}
