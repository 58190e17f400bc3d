import { writeFile } from "node:fs/promises";
import { driveRelease, resumeRelease } from "../drive.ts";
import { UserError } from "../errors.ts";
import type { ReleaseEvent } from "../events.ts";
import { EXIT } from "../exit.ts";
import { planRelease } from "../plan.ts";
import type { Reporter } from "../ports.ts";
import { checkGround, openSession } from "../session.ts";
import { openEventFile, openReporter, thisDriver, type CommonOptions } from "./common.ts";

export interface ResumeOptions extends CommonOptions {
  readonly report?: string;
  readonly events?: string;
}

export interface TakeUpOptions extends ResumeOptions {
  readonly now?: true;
}

export interface ReleaseOptions extends ResumeOptions {
  readonly image: string;
  readonly version?: string;
  readonly again?: true;
}

/** `sluice release` */
export async function runRelease(options: ReleaseOptions): Promise<void> {
  await withReport(options, async (reporter) => {
    const driver = thisDriver(options.stack);
    const session = await openSession(options, reporter);
    const { again = false, image } = options;
    const plan = planRelease(session.config, { image, version: versionOf(options), again });
    await checkGround(session);
    if (driver.signal.aborted) return EXIT.interrupted;
    return (await driveRelease(plan, session.config, session.ports, driver)).exitCode;
  });
}

/** `sluice resume` */
export async function runResume(options: TakeUpOptions): Promise<void> {
  await withReport(options, async (reporter) => {
    const { config, ports } = await openSession(options, reporter);
    return (await resumeRelease(config, ports, thisDriver(options.stack), options.now)).exitCode;
  });
}

/** Tells the events wherever they are wanted, and writes the report of them at the end. */
async function withReport(options: ResumeOptions, drive: (reporter: Reporter) => Promise<number>): Promise<void> {
  const events: ReleaseEvent[] = [];
  const outputs = [openReporter(options), ...openEventFile(options.events)];
  const reporter: Reporter = {
    report(event) {
      events.push(event);
      for (const output of outputs) output.report(event);
    },
    close: () => {
      for (const output of outputs) output.close();
    },
  };
  try {
    process.exitCode = await drive(reporter);
  } finally {
    reporter.close();
    if (options.report !== undefined && events.length > 0) {
      // Its charts take a second to load: no other command should wait for them.
      const { renderReport } = await import("../report/html.ts");
      await writeFile(options.report, await renderReport(events));
    }
  }
}

function versionOf({ image, version }: ReleaseOptions): string {
  if (version !== undefined) return version;
  const tag = image.includes("@") ? undefined : /:([^:/]+)$/.exec(image)?.[1];
  if (tag !== undefined) return tag;
  throw new UserError(`Image ${image} has no tag to name the version after: give --version, or an image with a tag.`);
}
