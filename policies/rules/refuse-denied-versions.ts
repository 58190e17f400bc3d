import { stateOf, WEIGHTED } from "../reading/release.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const refuseDeniedVersions = defineRule({
  id: "refuse-denied-versions",
  group: "Process",
  description: "A version that was taken back for a fault of its own does not come again, unless it is asked for.",
  rationale:
    "A pipeline that runs again, or a stack file from before the rollback, brings the same fault to the same users.",
  remediation: "Release a repaired version under a new name, or this one with `sluice release --again`.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: WEIGHTED,
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    const state = stateOf(subject);
    if (state?.candidate === undefined) return;
    const version = state[state.candidate]?.version ?? "";
    const reason = state.denied?.[version];
    if (reason !== undefined && state.again !== version) yield `version ${version} was taken back: ${reason}`;
  },
});
