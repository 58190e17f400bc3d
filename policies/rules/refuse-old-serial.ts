import { isWeightedByUs, serialsOf, stateOf, WEIGHTED } from "../reading/release.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const refuseOldSerial = defineRule({
  id: "refuse-old-serial",
  group: "Process",
  description: "The serial of the stack file is not older than that of the stack.",
  rationale:
    "A stack file from an old checkout describes a routing that is gone: its update would send users back to a version that " +
    "has been replaced. The API server refuses it too, where it may; this says so before, and everywhere.",
  remediation: "Run `sluice sync`, which brings the stack file up to date with the cluster.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: WEIGHTED,
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    if (!isWeightedByUs(subject)) return;
    const { serial, stackSerial } = serialsOf(subject);
    const own = stateOf(subject)?.serial;
    if (stackSerial !== undefined) {
      yield `the stack file has serial ${serial ?? "?"}, and the stack's last update had ${stackSerial}: run "sluice sync"`;
    }
    if (own === undefined) yield "it carries a serial, and no valid release state";
    else if (String(own) !== serial) yield `its serial ${serial ?? "?"} is not that of its release state (${own})`;
  },
});
