import { openSwitch } from "../session.ts";
import { switchVersion } from "../switch.ts";
import { openReporter, thisDriver, type CommonOptions } from "./common.ts";

export interface UndoOptions extends CommonOptions {
  readonly to: string;
}

/** `sluice switch`, and `sluice undo` with the version to go back to. */
export async function runSwitch(options: CommonOptions, to?: string): Promise<void> {
  const reporter = openReporter(options);
  try {
    const { config, ports } = await openSwitch(options, reporter);
    process.exitCode = await switchVersion(config, ports, thisDriver(options.stack), to);
  } finally {
    reporter.close();
  }
}
