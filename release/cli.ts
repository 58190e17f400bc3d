#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { appSchema, type App } from "../config/app.ts";
import { ConfigError } from "../config/parse.ts";
import { ROUTER_KINDS } from "../config/router.ts";
import { CHANGES } from "./advise.ts";
import { Interrupted, messageOf, UserError } from "./errors.ts";
import { EXIT } from "./exit.ts";
import type { AbortOptions } from "./commands/abort.ts";
import type { AdviseOptions } from "./commands/advise.ts";
import type { AnalyzeOptions } from "./commands/analyze.ts";
import type { CommonOptions } from "./commands/common.ts";
import type { GateOptions } from "./commands/gate.ts";
import type { DrillOptions } from "./commands/drill.ts";
import type { ShowOptions } from "./commands/history.ts";
import type { ReviewOptions } from "./commands/review.ts";
import type { ApproveOptions } from "./commands/approve.ts";
import type { PlanOptions } from "./commands/plan.ts";
import type { ReplayOptions } from "./commands/replay.ts";
import type { ReleaseOptions, TakeUpOptions } from "./commands/release.ts";
import type { UndoOptions } from "./commands/switch.ts";
import type { WatchdogOptions } from "./commands/watchdog.ts";

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
    .option("--json", "print JSON, one object a line");

const drivingCommand = (name: string, description: string) =>
  command(name, description)
    .option("--report <file>", "write an HTML report of the release to this file")
    .option("--events <file>", "also append the events to this file as JSON, one a line")
    .addHelpText(
      "after",
      "\nExit codes: 0 promoted · 1 nothing begun · 2 rolled back, refused or taken over · 3 rollback failed · 130 interrupted" +
        "\nWhat to do about each: docs/runbook.md",
    );

const APPROVE_FILE = 'where approvals may be written, as lines "approve 1.1.0 25 alice"';

// What a command needs is loaded when it runs: help and mistakes are answered at once.
drivingCommand("release", "bring a version to all traffic, gated at every step")
  .requiredOption("-i, --image <reference>", "the image of the version, with its tag or digest")
  .option("--version <version>", "its name (default: the image's tag)")
  .option("--commit <id>", "what it was built from, for the record (default: the CI job's)")
  .option("--build <address>", "the build that made it, for the record (default: the CI job)")
  .option("--again", "also a version that was taken back for a fault of its own")
  .option("--approve-file <file>", APPROVE_FILE)
  .option("--outside-windows", "for what cannot wait: begin and go on at any time")
  .option("--replace", "end the release under way first, whoever drives it: its traffic goes back to stable")
  .action(async (options: ReleaseOptions) => (await import("./commands/release.ts")).runRelease(options));

command("drill", "release a version, inject a fault at its first weight, and show that it is found and taken off")
  .requiredOption("-i, --image <reference>", "the image of the version, with its tag or digest")
  .option("--version <version>", "its name (default: the image's tag)")
  .addOption(new Option("--fault <name>", "a fault of sluice:drill.faults").conflicts("inject"))
  .option("--inject <command>", "in its place a shell command; SLUICE_NAMESPACE and SLUICE_SELECTOR name the pods")
  .option("--within <duration>", "the longest time until all traffic is on stable (default: the stack's)")
  .option("--in-production", "also on a stack that users depend on")
  .option("--report <file>", "write an HTML report of the release to this file")
  .option("--events <file>", "also append the events to this file as JSON, one a line")
  .addHelpText(
    "after",
    "\nExit codes: 0 rolled back in time · 1 nothing begun · 2 not in time, or not by the gate · 3 rollback failed · 130 interrupted",
  )
  .action(async (options: DrillOptions) => (await import("./commands/drill.ts")).runDrillCommand(options));

drivingCommand("resume", "go on with a release whose program has died, from where it stood")
  .option("--approve-file <file>", APPROVE_FILE)
  .option("--now", "do not wait until its lease has run out, which shows that it has died")
  .action(async (options: TakeUpOptions) => (await import("./commands/release.ts")).runResume(options));

program
  .command("abort")
  .description("put all traffic on stable at once, whatever is under way; needs Pulumi only after that")
  .option("-s, --stack <name>", "the stack, for example production")
  .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
  .addOption(
    new Option("--app <namespace/name>", "in place of the stack: the app, where nothing but its place is at hand")
      .argParser(parseApp)
      .conflicts("stack"),
  )
  .option("--docker [host]", "with --app: it is on this Docker host (default: that of DOCKER_HOST), and in no cluster")
  .option("--json", "print events as JSON, one a line")
  .addHelpText(
    "after",
    "\nExit codes: 0 done · 1 the traffic is on stable, stack and cluster do not agree yet (or nothing was begun) · 3 the traffic could not be moved",
  )
  .action(async (options: AbortOptions) => (await import("./commands/abort.ts")).runAbort(options));

command("plan", "show what a release would do and what its stages could see; changes nothing")
  .requiredOption("-i, --image <reference>", "the image of the version, with its tag or digest")
  .option("--version <version>", "its name (default: the image's tag)")
  .action(async (options: PlanOptions) => (await import("./commands/plan.ts")).runPlan(options));

command("approve", "answer a release that waits for an approval")
  .option("--reject", "say no: the release goes back to stable")
  .option("--by <name>", "who answers (default: the user)")
  .option("--weight <percent>", "only when it waits before this weight", parsePositive)
  .action(async (options: ApproveOptions) => (await import("./commands/approve.ts")).runApprove(options));

command("switch", "put all traffic on the other warm version at once (strategy blueGreen), without a gate").action(
  async (options: CommonOptions) => (await import("./commands/switch.ts")).runSwitch(options),
);

command("undo", "bring back at once a version that is still warm in the other slot")
  .requiredOption("--to <version>", "the version")
  .action(async (options: UndoOptions) => (await import("./commands/switch.ts")).runSwitch(options, options.to));

command("sync", "bring the stack file up to date with what the cluster serves").action(async (options: CommonOptions) =>
  (await import("./commands/sync.ts")).runSync(options),
);

command("status", "tell what serves, and where a release stands").action(async (options: CommonOptions) =>
  (await import("./commands/status.ts")).runStatus(options),
);

command("history", "list the releases that are remembered").action(async (options: CommonOptions) =>
  (await import("./commands/history.ts")).runHistory(options),
);

command("show", "tell a remembered release again, or two of them side by side")
  .argument("<release>", "its name as in history, or its version")
  .argument("[other]", "another release, to compare it to")
  .option("--report <file>", "write an HTML report of the release to this file")
  .action(async (release: string, other: string | undefined, options: ShowOptions) =>
    (await import("./commands/history.ts")).runShow(release, other, options),
  );

program
  .command("replay")
  .description("run the gate again over a release that is remembered, by other settings; changes nothing")
  .argument("[release]", "its name as in history, or its version (default: the last one)")
  .option("-s, --stack <name>", "the stack in whose history it is (needed without --events)")
  .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
  .option("--events <file>", "in place of the history: a file that a release has written by --events")
  .option("--set <setting=value...>", "another setting, as gate.limit=0.02 or stage.25.maxStepTime=2m")
  .option("--settings <file>", "other settings, as YAML of the form of a stack file's sluice:gate")
  .option("--json", "print one JSON object")
  .action(async (release: string | undefined, options: ReplayOptions) =>
    (await import("./commands/replay.ts")).runReplay(release, options),
  );

program
  .command("analyze")
  .description("say how an A/B experiment stands, by tests that may be looked at at any time; changes nothing")
  .option("-s, --stack <name>", "the stack of the experiment (needed without --csv; its rule holds, else the defaults)")
  .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
  .option("--csv <file>", "read the users from this file, columns group, converted, value, in place of Prometheus")
  .option("--json", "print the analysis as JSON")
  .action(async (options: AnalyzeOptions) => (await import("./commands/analyze.ts")).runAnalyze(options));

program
  .command("watchdog")
  .description(
    "watch over releases, and take the traffic off a version whose release program has died; runs until ended",
  )
  .requiredOption("-n, --namespace <name...>", "where the services are")
  .option("--app <name...>", "only these services (default: all that have been released there)")
  .option("--docker [host]", "they are on this Docker host (default: that of DOCKER_HOST), and in no cluster")
  .option(
    "--listen <address:port>",
    "also take the traffic off at a critical alert (Alertmanager's webhook, POST /alerts)",
  )
  .action(async (options: WatchdogOptions) => (await import("./commands/watchdog.ts")).runWatchdog(options));

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
  .action(async (options: AdviseOptions) => (await import("./commands/advise.ts")).runAdvise(options));

program
  .command("review")
  .description(
    "judge the rollout settings of a stack, or of manifests, by the policies of docs/policies.md; changes nothing",
  )
  .argument("<stack|files...>", "a stack, or files and directories: manifests, or an exported state")
  .option("-C, --project <directory>", "the directory of the Pulumi project", ".")
  .option(
    "--as <stack>",
    "judge as this stack, by whose name production is known (default: the stack's, else production)",
  )
  .option("--config <file>", "levels and settings of policies, as for pulumi preview --policy-pack-config")
  .option("--sarif <file>", "also write the findings as SARIF, for a code host")
  .option("--home <address>", "where this documentation is on the web, for links in SARIF")
  .option("--json", "print the findings as JSON, one a line")
  .addHelpText(
    "after",
    "\nExit codes: 0 no mandatory policy is violated · 1 nothing was reviewed · 2 a mandatory policy is violated",
  )
  .action(async (names: string[], options: ReviewOptions) =>
    (await import("./commands/review.ts")).runReview(names, options),
  );

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
  .action(async (options: GateOptions) => (await import("./commands/gate.ts")).runGate(options));

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

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.userError;
  } else if (error instanceof UserError || error instanceof ConfigError) {
    console.error(error.message);
    process.exitCode = error instanceof Interrupted ? EXIT.interrupted : EXIT.userError;
  } else {
    console.error(`sluice failed: ${messageOf(error)}`);
    if (process.env.SLUICE_DEBUG !== undefined) console.error(error);
    process.exitCode = EXIT.userError;
  }
}
