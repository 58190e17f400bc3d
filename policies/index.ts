import { PolicyPack } from "@pulumi/policy";
import { asPolicy } from "./pack.ts";
import { RULES } from "./rules/all.ts";

// Making the pack starts its server: whoever wants the rules alone imports those.
new PolicyPack("sluice", {
  displayName: "Sluice",
  description: "Judges rollout settings as an experienced release engineer would.",
  policies: RULES.map(asPolicy),
});
