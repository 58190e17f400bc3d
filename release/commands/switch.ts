import { UserError } from "../errors.ts";
import { findStaleFile, openSwitch } from "../session.ts";
import { switchVersion } from "../switch.ts";
import { openReporter, type CommonOptions } from "./common.ts";

export interface UndoOptions extends CommonOptions {
  readonly to: string;
}

/** `sluice switch`, and `sluice undo` with the version to go back to. */
export async function runSwitch(options: CommonOptions, to?: string): Promise<void> {
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
