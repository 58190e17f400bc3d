import { isDeepStrictEqual } from "node:util";
import { liveVersion } from "../../config/release-state.ts";
import { openSwitch, SILENT } from "../session.ts";
import type { CommonOptions } from "./common.ts";

/** `sluice sync` */
export async function runSync(options: CommonOptions): Promise<void> {
  const { config, ports } = await openSwitch(options, SILENT);
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
