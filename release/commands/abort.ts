import type { App } from "../../config/app.ts";
import { abortRollout } from "../abort-rollout.ts";
import { abortWithoutRelease, type AbortPorts } from "../abort.ts";
import { abortRelease } from "../drive.ts";
import { UserError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import type { Reporter } from "../ports.ts";
import { openEdgeOf, openSwitchOf, openWayBack, type SessionOptions } from "../session.ts";
import { openReporter, thisDriver } from "./common.ts";

export interface AbortOptions {
  readonly stack?: string;
  readonly app?: App;
  /** Address of the Docker host; `true` for that of the environment. */
  readonly docker?: string | true;
  readonly project: string;
  readonly json?: true;
}

/** `sluice abort` */
export async function runAbort({ app, docker, project, stack, ...options }: AbortOptions): Promise<void> {
  const reporter = openReporter(options);
  try {
    if (stack !== undefined) process.exitCode = await abortStack({ project, stack }, reporter);
    else if (app !== undefined) process.exitCode = await abortWithoutRelease(openApp(app, docker, reporter));
    else throw new UserError("Name what to abort: --stack <name>, or --app <namespace/name>.");
  } finally {
    reporter.close();
  }
}

function openApp(app: App, docker: AbortOptions["docker"], reporter: Reporter): AbortPorts {
  if (docker === undefined) return openSwitchOf(app, reporter);
  return openEdgeOf(app, docker === true ? undefined : docker, reporter);
}

async function abortStack(options: SessionOptions, reporter: Reporter): Promise<number> {
  const back = await openWayBack(options, reporter);
  switch (back.by) {
    case "argo":
      return abortRollout(back.release, back.ports);
    case "nobody":
      return abortWithoutRelease(back.ports);
    case "release": {
      const { config, ports } = back;
      // Neither a journal that cannot be read nor a lease that cannot be taken may hold the traffic.
      const ending = await abortRelease(config, ports, thisDriver(options.stack)).catch(() => undefined);
      // An abort is the last word, also where somebody else has taken the lease meanwhile.
      if (ending === undefined || ending.outcome === "taken-over") return abortWithoutRelease(ports);
      if (ending.outcome === "rollback-failed") return EXIT.rollbackFailed;
      return ending.stackAgrees === false ? EXIT.userError : EXIT.promoted;
    }
  }
}
