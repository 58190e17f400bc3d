import type { App } from "../../config/app.ts";
import { abortRollout } from "../abort-rollout.ts";
import { abortWithoutRelease } from "../abort.ts";
import { abortRelease } from "../drive.ts";
import { UserError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Reporter } from "../ports.ts";
import { openRollout, openSwitch, openSwitchOf, openWayBack, type SessionOptions } from "../session.ts";
import { isDrivenConfig } from "../../config/schema.ts";
import { openReporter, thisDriver } from "./common.ts";

export interface AbortOptions {
  readonly stack?: string;
  readonly app?: App;
  readonly project: string;
  readonly json?: true;
}

/** `sluice abort` */
export async function runAbort({ app, project, stack, ...options }: AbortOptions): Promise<void> {
  const reporter = openReporter(options);
  try {
    if (stack !== undefined) process.exitCode = await abortStack({ project, stack }, reporter);
    else if (app !== undefined) process.exitCode = await abortWithoutRelease(await openSwitchOf(app, reporter));
    else throw new UserError("Name what to abort: --stack <name>, or --app <namespace/name>.");
  } finally {
    reporter.close();
  }
}

async function abortStack(options: SessionOptions, reporter: Reporter): Promise<number> {
  const argo = await openRollout(options, reporter);
  if (argo !== undefined) return abortRollout(argo.release, argo.ports);
  const { config, ports } = await openSwitch(options, reporter);
  if (!isDrivenConfig(config)) return abortWithoutRelease(ports);
  const told = new Set<string>();
  const listening: Reporter = {
    report(event) {
      told.add(event.type);
      reporter.report(event);
    },
    close: () => undefined,
  };
  const session = await openWayBack(options, listening);
  // Neither a journal that cannot be read nor a lease that cannot be taken may hold the traffic.
  const ending = await abortRelease(session.config, session.ports, thisDriver(options.stack)).catch(() => undefined);
  if (ending === undefined) return abortWithoutRelease(ports);
  if (ending.outcome === "rollback-failed") return EXIT.rollbackFailed;
  return told.has("reconcile-failed") ? EXIT.userError : EXIT.promoted;
}
