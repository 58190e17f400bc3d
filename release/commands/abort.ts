import { abortWithoutRelease } from "../abort.ts";
import { abortRelease } from "../drive.ts";
import { EXIT } from "../exit.ts";
import { openSession } from "../session.ts";
import { openReporter, thisDriver, type CommonOptions } from "./common.ts";

/** `sluice abort` */
export async function runAbort(options: CommonOptions): Promise<void> {
  const reporter = openReporter(options);
  try {
    const { config, ports } = await openSession(options, reporter);
    const ending = await abortRelease(config, ports, thisDriver(options.stack));
    if (ending === undefined) process.exitCode = await abortWithoutRelease(ports);
    else process.exitCode = ending.outcome === "rollback-failed" ? EXIT.rollbackFailed : EXIT.promoted;
  } finally {
    reporter.close();
  }
}
