import { writeFile } from "node:fs/promises";
import type { DrivenConfig } from "../../config/schema.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { openNotifiers } from "../adapters/notifiers.ts";
import { messageOf } from "../errors.ts";
import { driveRelease, refuseUnfinished, resumeRelease } from "../drive.ts";
import type { ReleaseEvent } from "../events.ts";
import { EXIT } from "../exit.ts";
import { foretell } from "../foretell.ts";
import { checkGround } from "../ground.ts";
import { nameVersion, planRelease, type Origin, type Plan } from "../plan.ts";
import type { Ports, Reporter } from "../ports.ts";
import { findFormer, replaceRelease } from "../replace.ts";
import { renderForecast } from "../report/forecast-text.ts";
import { openSession } from "../session.ts";
import { refuseOutsideWindows } from "../windows.ts";
import { openEventFile, openReporter, thisDriver, type CommonOptions } from "./common.ts";

export interface ResumeOptions extends CommonOptions {
  readonly report?: string;
  readonly events?: string;
  readonly approveFile?: string;
}

export interface TakeUpOptions extends ResumeOptions {
  readonly now?: true;
}

export interface ReleaseOptions extends ResumeOptions {
  readonly image: string;
  readonly version?: string;
  readonly commit?: string;
  readonly build?: string;
  readonly again?: true;
  readonly outsideWindows?: true;
  readonly replace?: true;
}

/** `sluice release` */
export async function runRelease(options: ReleaseOptions): Promise<void> {
  await withReport(options, async (reporter, notify) => {
    const { driver, former, plan, planFrom, session } = await prepareRelease(options, reporter, notify);
    const { config, ports } = session;
    if (driver.signal.aborted) return EXIT.interrupted;
    if (former === undefined) return (await driveRelease(plan, config, ports, driver)).exitCode;
    // How the other release ends is told to everybody too, but is no part of this one's report.
    return tellEverybody(options.stack, [openReporter(options)], async (aside, notifyOfIt) => {
      notifyOfIt(config, ports);
      return (await replaceRelease(planFrom, config, ports, driver, aside)).exitCode;
    });
  });
}

/**
 * Everything that comes before a release: opens what it needs, plans it, and makes sure that it can be watched and taken
 * back. Changes nothing.
 *
 * @param refuse what else may be against it, once the stack is known; throws then
 * @returns with the plan also what makes it anew, once `former`, a release to be replaced, is ended
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function prepareRelease(
  options: ReleaseOptions,
  reporter: Reporter,
  notify: Notify,
  refuse: (config: DrivenConfig) => unknown = () => undefined,
) {
  const driver = thisDriver(options.stack);
  const session = await openSession(options, reporter);
  const { config, ports } = session;
  refuse(config);
  notify(config, ports);
  const former = options.replace === true ? await findFormer(ports) : undefined;
  if (former === undefined) await refuseUnfinished(ports);
  const { again = false, image } = options;
  const planFrom = (from: DrivenConfig): Plan => {
    const planned = planRelease(from, {
      image,
      version: nameVersion(options),
      again,
      origin: findOrigin(options, process.env),
    });
    return options.outsideWindows === true ? { ...planned, windows: [] } : planned;
  };
  const plan = planFrom(former === undefined ? config : { ...config, release: former.then });
  refuseOutsideWindows(plan.windows, ports.clock.now());
  // While a release is under way, the cluster tells what serves; the file follows when it is ended.
  const ground = former === undefined ? config : { ...config, release: former.now };
  await checkGround({ config: ground, ports, variables: process.env, replacing: former !== undefined });
  if (options.json !== true) {
    const { app, audience } = config;
    const subject = { app: app.name, stack: options.stack, plan, segments: audience.segments };
    console.log(`${renderForecast(await foretell(plan, config, ports), subject)}\n`);
  }
  return { driver, former, plan, planFrom, session };
}

/** Where a version comes from: as the options say, else as GitHub Actions or GitLab CI does. */
export function findOrigin(
  { build, commit }: Pick<ReleaseOptions, "build" | "commit">,
  variables: Readonly<Record<string, string | undefined>>,
): Origin {
  const { CI_COMMIT_SHA, CI_JOB_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_SERVER_URL, GITHUB_SHA } = variables;
  const run =
    GITHUB_RUN_ID === undefined
      ? CI_JOB_URL
      : `${GITHUB_SERVER_URL ?? ""}/${GITHUB_REPOSITORY ?? ""}/actions/runs/${GITHUB_RUN_ID}`;
  const [from, by] = [commit ?? GITHUB_SHA ?? CI_COMMIT_SHA, build ?? run];
  return { ...(from === undefined ? {} : { commit: from }), ...(by === undefined ? {} : { build: by }) };
}

/** `sluice resume` */
export async function runResume(options: TakeUpOptions): Promise<void> {
  await withReport(options, async (reporter, notify) => {
    const { config, ports } = await openSession(options, reporter);
    notify(config, ports);
    return (await resumeRelease(config, ports, thisDriver(options.stack), options.now)).exitCode;
  });
}

type Notify = (config: DrivenConfig, ports: Ports) => void;
type Drive = (reporter: Reporter, notify: Notify) => Promise<number>;

/** Tells the events wherever they are wanted, and writes the report of them at the end. */
export async function withReport(options: ResumeOptions, drive: Drive): Promise<void> {
  const events: ReleaseEvent[] = [];
  const collector: Reporter = { report: (event) => events.push(event), close: () => undefined };
  const outputs = [collector, openReporter(options), ...openEventFile(options.events)];
  try {
    process.exitCode = await tellEverybody(options.stack, outputs, drive);
  } finally {
    if (options.report !== undefined && events.length > 0) {
      try {
        // Its charts take a second to load: no other command should wait for them.
        const { renderReport } = await import("../report/html.ts");
        await writeFile(options.report, await renderReport(events));
      } catch (error) {
        // How a release ended is not changed by its report.
        console.error(`Warning: the report is not written: ${messageOf(error)}`);
      }
    }
  }
}

/** Tells the events of one release to these, and to whom the stack's settings name once they are known. */
async function tellEverybody(stack: string, listeners: readonly Reporter[], drive: Drive): Promise<number> {
  const outputs = [...listeners];
  let last: ReleaseEvent | undefined;
  const reporter: Reporter = {
    report(event) {
      last = event;
      for (const output of outputs) output.report(event);
    },
    close: () => {
      for (const output of outputs) output.close();
    },
  };
  const warn = (problem: string) => {
    if (last === undefined || last.type === "finished") console.error(`Warning: ${problem}`);
    else reporter.report({ type: "warned", at: systemClock.now(), problem });
  };
  try {
    return await drive(reporter, (config, { clock }) => {
      outputs.push(...openNotifiers({ config, stack, clock, variables: process.env, warn }));
    });
  } finally {
    reporter.close();
  }
}
