/**
 * A release that kills its own process, as by `kill -9`, before or after it has written a phase into its journal:
 * `node mortal-release.ts <project> <stack> <image> before|after <phase> [<fault>]`. The fault, a JSON body for the sample
 * service, is switched on in the candidate once users are on it.
 */
import { candidateSlot, nameVersion, planRelease } from "../../release/plan.ts";
import { thisDriver } from "../../release/commands/common.ts";
import { driveRelease } from "../../release/drive.ts";
import { openPlace, openSession, SILENT } from "../../release/session.ts";
import { FAULTS } from "../e2e/drill-faults.ts";
import { nameOf } from "../release/phases.ts";

const [project = "", stack = "", image = "", when, last, body] = process.argv.slice(2);
const { config, ports } = await openSession({ project, stack }, SILENT);
const plan = planRelease(config, { image, version: nameVersion({ image }), again: true });
const { journal } = ports;
const dieIf = (isTheEnd: boolean) => isTheEnd && process.kill(process.pid, "SIGKILL");
const mortal: typeof journal = {
  readLatest: () => journal.readLatest(),
  async write(record, events) {
    const name = nameOf(record);
    if (name === "dwell 0" && body !== undefined)
      await openPlace(config).sendFault({ ...FAULTS.errors, method: "POST", body }, candidateSlot(plan));
    dieIf(when === "before" && name === last);
    await journal.write(record, events);
    dieIf(when === "after" && name === last);
  },
};
process.exitCode = (await driveRelease(plan, config, { ...ports, journal: mortal }, thisDriver(stack))).exitCode;
