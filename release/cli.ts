#!/usr/bin/env node
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { ConfigError } from "../config/parse.ts";
import { liveVersion } from "../config/release-state.ts";
import { ROUTER_KINDS, type RouterKind } from "../config/router.ts";
import { openNotifiers } from "./adapters/notifiers.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { abortRelease } from "./abort.ts";
import { renderAdvice, renderExcerpt } from "./advise-text.ts";
import { answerApproval, type ApproveOptions } from "./approve-command.ts";
import { advise, CHANGES, situationOf, type Change } from "./advise.ts";
import { messageOf, UserError } from "./errors.ts";
import type { ReleaseEvent } from "./events.ts";
import { executeRelease, EXIT } from "./execute.ts";
import { foretell } from "./foretell.ts";
import { showPlan, type PlanOptions } from "./plan-command.ts";
import { nameVersion, planRelease } from "./plan.ts";
import type { Reporter } from "./ports.ts";
import { renderForecast } from "./report/forecast-text.ts";
import { renderReport } from "./report/html.ts";
import { createJsonReporter } from "./report/json.ts";
import { createTerminalReporter } from "./report/terminal.ts";
import { checkGround, openSession } from "./session.ts";
import { refuseOutsideWindows } from "./windows.ts";

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
  readonly approveFile?: string;
  readonly outsideWindows?: true;
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
  .option("--approve-file <file>", 'where approvals may be written, as lines "approve 1.1.0 25 alice"')
  .option("--outside-windows", "for what cannot wait: begin and go on at any time")
  .addHelpText(
    "after",
    "\nExit codes: 0 promoted · 1 nothing begun · 2 rolled back or refused · 3 rollback failed · 130 interrupted",
  )
  .action(runRelease);

command("plan", "show what a release would do and what its stages could see; changes nothing")
  .requiredOption("-i, --image <reference>", "the image of the version, with its tag or digest")
  .option("--version <version>", "its name (default: the image's tag)")
  .action(async (options: PlanOptions) => console.log(await showPlan(options)));

command("approve", "answer a release that waits for an approval")
  .option("--reject", "say no: the release goes back to stable")
  .option("--by <name>", "who answers (default: the user)")
  .option("--weight <percent>", "only when it waits before this weight", parsePositive)
  .action(async (options: ApproveOptions) => console.log(await answerApproval(options)));

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

async function runRelease(options: ReleaseOptions): Promise<void> {
  const events: ReleaseEvent[] = [];
  const outputs: Reporter[] = [openReporter(options), ...openEventFile(options)];
  const reporter: Reporter = {
    report(event) {
      events.push(event);
      for (const output of outputs) output.report(event);
    },
    close: () => {
      for (const output of outputs) output.close();
    },
  };
  const warn = (problem: string) => {
    if (events.length === 0 || events.at(-1)?.type === "finished") console.error(`Warning: ${problem}`);
    else reporter.report({ type: "warned", at: Date.now(), problem });
  };
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    const session = await openSession(options, reporter);
    const { config, ports } = session;
    outputs.push(...openNotifiers({ config, stack: options.stack, clock: ports.clock, variables: process.env, warn }));
    const planned = planRelease(config, { image: options.image, version: nameVersion(options) });
    const plan = options.outsideWindows === true ? { ...planned, windows: [] } : planned;
    refuseOutsideWindows(plan.windows, ports.clock.now());
    await checkGround(session);
    if (options.json !== true) {
      const { app, audience } = config;
      const subject = { app: app.name, stack: options.stack, plan, segments: audience.segments };
      console.log(`${renderForecast(await foretell(plan, config, ports), subject)}\n`);
    }
    process.exitCode = interruption.signal.aborted
      ? EXIT.interrupted
      : await executeRelease(plan, config, options.stack, ports, interruption.signal);
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
