import { parseDuration } from "../../config/duration.ts";
import type { DrivenConfig } from "../../config/schema.ts";
import { runInjection } from "../adapters/inject-fault.ts";
import { runDrill, type Drill } from "../drill.ts";
import { judgeDrill } from "../drill-result.ts";
import { UserError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { renderDrill } from "../report/drill-text.ts";
import { openPlace } from "../session.ts";
import { prepareRelease, withReport, type ReleaseOptions } from "./release.ts";

export interface DrillOptions extends ReleaseOptions {
  readonly fault?: string;
  readonly inject?: string;
  readonly within?: string;
  readonly inProduction?: true;
}

/** `sluice drill` */
export async function runDrillCommand(options: DrillOptions): Promise<void> {
  await withReport(options, async (reporter, notify) => {
    let drill: Drill | undefined;
    const prepared = await prepareRelease(
      options,
      reporter,
      notify,
      (config) => (drill = chooseDrill(options, config)),
    );
    const { driver, plan, session } = prepared;
    if (drill === undefined || driver.signal.aborted) return EXIT.interrupted;
    const run = await runDrill(plan, session.config, session.ports, driver, drill);
    const result = judgeDrill(run);
    reporter.close();
    console.log(options.json === true ? JSON.stringify({ drill: result }) : renderDrill(result));
    return result.exitCode;
  });
}

/**
 * The fault that the options name, and the bounds for it.
 *
 * @throws UserError when there is none of that name, or when users depend on the stack
 */
export function chooseDrill({ fault: name, inProduction, inject, within }: DrillOptions, config: DrivenConfig): Drill {
  const { app, drill } = config;
  if (drill.production && inProduction !== true) {
    throw new UserError(
      "A drill makes requests of users fail, and this stack is marked as production: say --in-production if that is meant, " +
        "or mark the stack by sluice:drill.production: false.",
    );
  }
  const withinMs = within === undefined ? undefined : parseDuration(within);
  if (within !== undefined && withinMs === undefined)
    throw new UserError(`--within ${within}: write a number with its unit, for example 30s.`);
  if (inject !== undefined) {
    const run: Drill["inject"] = (slot, version) => runInjection(inject, app, slot, version);
    return { fault: inject, inject: run, withinMs: withinMs ?? drill.within };
  }
  const fault = name === undefined ? undefined : drill.faults[name];
  if (name === undefined || fault === undefined) {
    const known = Object.keys(drill.faults).join(", ");
    throw new UserError(
      `${name === undefined ? "No fault is named" : `There is no fault ${name}`}: take one of sluice:drill.faults ` +
        `(${known === "" ? "none is declared" : known}) by --fault, or a command by --inject.`,
    );
  }
  return {
    fault: `${name} (${fault.method} ${fault.path})`,
    inject: (slot) => openPlace(config).sendFault(fault, slot),
    withinMs: withinMs ?? fault.within ?? drill.within,
    ...(fault.atMostFailing === undefined ? {} : { atMostFailing: fault.atMostFailing }),
  };
}
