import type { RuleCase } from "./case.ts";
import { GATES } from "./gates.ts";
import { PODS } from "./pods.ts";
import { PROCESS } from "./process.ts";
import { TRAFFIC } from "./traffic.ts";
import { WORKLOAD } from "./workload.ts";

/** One case for each rule, in the order of the catalogue. */
export const CASES: readonly RuleCase[] = [...TRAFFIC, ...WORKLOAD, ...PODS, ...GATES, ...PROCESS];
