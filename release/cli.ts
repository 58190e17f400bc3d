#!/usr/bin/env node
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ConfigError } from "../config/parse.ts";
import { liveVersion } from "../config/release-state.ts";
import { ROUTER_KINDS, type RouterKind } from "../config/router.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { abortRelease } from "./abort.ts";
import { renderAdvice, renderExcerpt } from "./advise-text.ts";
import { advise, CHANGES, situationOf, type Change } from "./advise.ts";
import { messageOf, UserError } from "./errors.ts";
import type { ReleaseEvent } from "./events.ts";
import { executeRelease, EXIT } from "./execute.ts";
import { computeGate, type GateOptions } from "./gate-command.ts";
import { planRelease } from "./plan.ts";
import type { Reporter } from "./ports.ts";
import { renderReport } from "./report/html.ts";
import { createJsonReporter } from "./report/json.ts";
import { createTerminalReporter } from "./report/terminal.ts";
import { checkGround, openSession } from "./session.ts";

interface CommonOptions {
  readonly stack: string;
  readonly project: string;
  readonly json?: true;
}

interface ReleaseOptions extends CommonOptions {
  readonly image: string;
  readonly version?: string;
  readonly report?: string;
  readonly events?: string;
}

interface AdviseOptions {
  readonly change: Change;
  readonly traffic?: number;
  readonly failing?: number;
  readonly statefulSessions?: true;
  readonly router?: RouterKind;
  readonly stack?: string;
  readonly project: string;
  readonly json?: true;
}

const program = new Command("sluice")
  .description("Releases a version of a service step by step, and takes it back by itself when it is worse.")
  .showHelpAfterError("Run with --help to see what is possible.")
  .exitOverride();

const command = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .requiredOption("-s, --stack <name>", "the stack, for example production")
    .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
    .option("--json", "print events as JSON, one a line");

command("release", "bring a version to all traffic, gated at every step")
  .requiredOption("-i, --image <reference>", "the image of the version, with its tag or digest")
  .option("--version <version>", "its name (default: the image's tag)")
  .option("--report <file>", "write an HTML report of the release to this file")
  .option("--events <file>", "also append the events to this file as JSON, one a line")
  .addHelpText(
    "after",
    "\nExit codes: 0 promoted · 1 nothing begun · 2 rolled back or refused · 3 rollback failed · 130 interrupted",
  )
  .action(runRelease);

command("abort", "put all traffic on stable at once, whatever is under way").action(runAbort);

command("sync", "bring the stack file up to date with what the cluster serves").action(runSync);

program
  .command("advise")
  .description("recommend a strategy, a router and first weights for a change, and say why; changes nothing")
  .addOption(new Option("--change <kind>", "what is released").choices(CHANGES).default("daily"))
  .option("--traffic <rps>", "requests per second of the whole service", parsePositive)
  .option("--failing <percent>", "how many of them fail already (default: what the gate ignores)", parsePositive)
  .option("--stateful-sessions", "only the version that began a session can go on with it")
  .addOption(new Option("--router <kind>", "the router that is there (default: the stack's)").choices(ROUTER_KINDS))
  .option("-s, --stack <name>", "the stack whose router, gate and weights to start from")
  .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
  .option("--json", "print the advice as JSON")
  .action(runAdvise);

program
  .command("gate")
  .description(
    "compute the gate over samples of a file, and say what it would have decided after each; changes nothing",
  )
  .requiredOption(
    "--samples <file>",
    "JSON: rows [failed, requests, failed, requests] of candidate and stable per scrape",
  )
  .option("--scrape <duration>", "length of a scrape (default: the file's, else that of a stack file)")
  .option("--false-alarm <share>", "these settings are those of a stack file, with its defaults")
  .option("--limit <share>")
  .option("--tolerate <factor>")
  .option("--ignore-below <share>")
  .option("--min-step-time <duration>")
  .option("--max-step-time <duration>")
  .option("--pause-deadline <duration>")
  .option("--on-inconclusive <what>", "advance or pause (default: advance)")
  .option("--dispersion <factor>", "how much more stable's failures scatter than independent ones (default: 1)")
  .option("--no-onset", "stake all evidence at the start, none on faults that set in later")
  .option("--json", "print one JSON object")
  .action(async (options: GateOptions) => console.log(await computeGate(options)));

async function runRelease(options: ReleaseOptions): Promise<void> {
  const events: ReleaseEvent[] = [];
  const outputs = [openReporter(options), ...openEventFile(options)];
  const reporter: Reporter = {
    report(event) {
      events.push(event);
      for (const output of outputs) output.report(event);
    },
    close: () => {
      for (const output of outputs) output.close();
    },
  };
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const session = await openSession(options, reporter);
    const plan = planRelease(session.config, { image: options.image, version: versionOf(options) });
    await checkGround(session);
    process.exitCode = interruption.signal.aborted
      ? EXIT.interrupted
      : await executeRelease(plan, session.config, options.stack, session.ports, interruption.signal);
  } finally {
    reporter.close();
    if (options.report !== undefined && events.length > 0) await writeFile(options.report, await renderReport(events));
  }
}

async function runAbort(options: CommonOptions): Promise<void> {
  const reporter = openReporter(options);
  try {
    const { ports } = await openSession(options, reporter);
    process.exitCode = await abortRelease(ports);
  } finally {
    reporter.close();
  }
}

async function runSync(options: CommonOptions): Promise<void> {
  const { config, ports } = await openSession(options, { report: () => undefined, close: () => undefined });
  const { state } = await ports.traffic.read();
  const changed = !isDeepStrictEqual(config.release, state);
  if (changed) await ports.stack.save(state);
  const { version } = liveVersion(state);
  const change = changed ? `brought from serial ${config.release.serial} up to date` : "was up to date";
  const told = { serial: state.serial, live: state.live, version, weight: state.weight, changed };
  console.log(
    options.json === true
      ? JSON.stringify(told)
      : `Pulumi.${options.stack}.yaml ${change}: serial ${state.serial}, ${version} live in ${state.live}, weight ${state.weight} %.`,
  );
}

async function runAdvise({ json, project, stack, ...answers }: AdviseOptions): Promise<void> {
  const config = stack === undefined ? undefined : await readStackFile(stackFilePath(project, stack));
  const situation = situationOf(answers, config);
  const advice = advise(situation);
  console.log(
    json === true
      ? JSON.stringify({ ...advice, excerpt: renderExcerpt(advice, situation.router) })
      : renderAdvice(advice, situation.router),
  );
}

function parsePositive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("It must be a number above 0.");
}

function openReporter({ json }: CommonOptions): Reporter {
  return json === true ? createJsonReporter(process.stdout) : createTerminalReporter(process.stdout);
}

function openEventFile({ events }: ReleaseOptions): readonly Reporter[] {
  if (events === undefined) return [];
  const file = createWriteStream(events, { flags: "a" });
  const json = createJsonReporter(file);
  return [
    {
      report: (event) => json.report(event),
      close: () => file.end(),
    },
  ];
}

function versionOf({ image, version }: ReleaseOptions): string {
  if (version !== undefined) return version;
  const tag = image.includes("@") ? undefined : /:([^:/]+)$/.exec(image)?.[1];
  if (tag !== undefined) return tag;
  throw new UserError(`Image ${image} has no tag to name the version after: give --version, or an image with a tag.`);
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.userError;
  } else if (error instanceof UserError || error instanceof ConfigError) {
    console.error(error.message);
    process.exitCode = EXIT.userError;
  } else {
    console.error(`sluice failed: ${messageOf(error)}`);
    if (process.env.SLUICE_DEBUG !== undefined) console.error(error);
    process.exitCode = EXIT.userError;
  }
}
