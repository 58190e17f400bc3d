#!/usr/bin/env node
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { appSchema, type App } from "../config/app.ts";
import { ConfigError } from "../config/parse.ts";
import { liveVersion } from "../config/release-state.ts";
import { ROUTER_KINDS, type RouterKind } from "../config/router.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { abortRelease } from "./abort.ts";
import { abortRollout } from "./abort-rollout.ts";
import { renderAdvice, renderExcerpt } from "./advise-text.ts";
import { advise, CHANGES, situationOf, type Change } from "./advise.ts";
import { messageOf, UserError } from "./errors.ts";
import type { ReleaseEvent } from "./events.ts";
import { executeRelease, EXIT } from "./execute.ts";
import { planRelease } from "./plan.ts";
import type { Reporter } from "./ports.ts";
import { createJsonReporter } from "./report/json.ts";
import { createTerminalReporter } from "./report/terminal.ts";
import { checkGround, findStaleFile, openRollout, openSession, openSwitch, openSwitchOf } from "./session.ts";
import { switchVersion } from "./switch.ts";

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

interface AbortOptions {
  readonly stack?: string;
  readonly app?: App;
  readonly project: string;
  readonly json?: true;
}

interface UndoOptions extends CommonOptions {
  readonly to: string;
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

program
  .command("abort")
  .description("put all traffic on stable at once, whatever is under way; needs Pulumi only after that")
  .option("-s, --stack <name>", "the stack, for example production")
  .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
  .addOption(
    new Option("--app <namespace/name>", "in place of the stack: the app, where nothing but the cluster is at hand")
      .argParser(parseApp)
      .conflicts("stack"),
  )
  .option("--json", "print events as JSON, one a line")
  .addHelpText(
    "after",
    "\nExit codes: 0 done · 1 the traffic is on stable, stack and cluster do not agree yet (or nothing was begun) · 3 the traffic could not be moved",
  )
  .action(runAbort);

command("switch", "put all traffic on the other warm version at once (strategy blueGreen), without a gate").action(
  (options: CommonOptions) => runSwitch(options),
);

command("undo", "bring back at once a version that is still warm in the other slot")
  .requiredOption("--to <version>", "the version")
  .action((options: UndoOptions) => runSwitch(options, options.to));

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
    if (options.report !== undefined && events.length > 0) {
      // Its charts take a second to load: no other command should wait for them.
      const { renderReport } = await import("./report/html.ts");
      await writeFile(options.report, await renderReport(events));
    }
  }
}

async function runAbort({ app, project, stack, ...options }: AbortOptions): Promise<void> {
  const reporter = openReporter(options);
  try {
    if (stack === undefined) {
      if (app === undefined) throw new UserError("Name what to abort: --stack <name>, or --app <namespace/name>.");
      process.exitCode = await abortRelease(await openSwitchOf(app, reporter));
      return;
    }
    const argo = await openRollout({ project, stack }, reporter);
    process.exitCode =
      argo === undefined
        ? await abortRelease((await openSwitch({ project, stack }, reporter)).ports)
        : await abortRollout(argo.release, argo.ports);
  } finally {
    reporter.close();
  }
}

async function runSwitch(options: CommonOptions, to?: string): Promise<void> {
  const reporter = openReporter(options);
  try {
    const { config, ports } = await openSwitch(options, reporter);
    const stale = await findStaleFile(config, ports);
    if (stale !== undefined) throw new UserError(`Nothing was changed: ${stale}`);
    process.exitCode = await switchVersion(config, ports, to);
  } finally {
    reporter.close();
  }
}

async function runSync(options: CommonOptions): Promise<void> {
  const { config, ports } = await openSwitch(options, { report: () => undefined, close: () => undefined });
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

function parseApp(text: string): App {
  const [namespace, name, ...rest] = text.split("/");
  const parsed = appSchema.safeParse({ namespace, name });
  if (parsed.success && rest.length === 0) return parsed.data;
  throw new InvalidArgumentError("Write it as namespace/name.");
}

function openReporter({ json }: Pick<CommonOptions, "json">): Reporter {
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
