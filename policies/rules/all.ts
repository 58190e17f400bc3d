import type { Rule } from "../rule.ts";
import { allowDisruption } from "./allow-disruption.ts";
import { confinePods } from "./confine-pods.ts";
import { fitDrain } from "./fit-drain.ts";
import { fitHeap } from "./fit-heap.ts";
import { forbidContradictingFlags } from "./forbid-contradicting-flags.ts";
import { forbidEarlyContraction } from "./forbid-early-contraction.ts";
import { forbidPlainSecrets } from "./forbid-plain-secrets.ts";
import { forbidSecondRouter } from "./forbid-second-router.ts";
import { forbidSharedSelector } from "./forbid-shared-selector.ts";
import { leaveReplicasToAutoscaler } from "./leave-replicas-to-autoscaler.ts";
import { limitCandidateWeight } from "./limit-candidate-weight.ts";
import { limitGates } from "./limit-gates.ts";
import { limitWeightJump } from "./limit-weight-jump.ts";
import { pinImages } from "./pin-images.ts";
import { refuseDeniedVersions } from "./refuse-denied-versions.ts";
import { refuseOldSerial } from "./refuse-old-serial.ts";
import { requireAlerts } from "./require-alerts.ts";
import { requireApproval } from "./require-approval.ts";
import { requireBake } from "./require-bake.ts";
import { requireGates } from "./require-gates.ts";
import { requireProbes } from "./require-probes.ts";
import { requireReplicas } from "./require-replicas.ts";
import { requireResources } from "./require-resources.ts";
import { requireTesterHeader } from "./require-tester-header.ts";
import { requireVerdicts } from "./require-verdicts.ts";
import { resolveSubsets } from "./resolve-subsets.ts";
import { spreadPods } from "./spread-pods.ts";
import { sumWeights } from "./sum-weights.ts";
import { widenRateWindows } from "./widen-rate-windows.ts";

/** Every rule, in the order of the catalogue. */
export const RULES: readonly Rule[] = [
  sumWeights,
  limitCandidateWeight,
  limitWeightJump,
  forbidSecondRouter,
  resolveSubsets,
  requireTesterHeader,
  forbidSharedSelector,
  requireProbes,
  fitDrain,
  requireReplicas,
  allowDisruption,
  requireResources,
  fitHeap,
  forbidContradictingFlags,
  confinePods,
  pinImages,
  spreadPods,
  leaveReplicasToAutoscaler,
  requireGates,
  requireVerdicts,
  limitGates,
  requireBake,
  requireAlerts,
  widenRateWindows,
  forbidEarlyContraction,
  forbidPlainSecrets,
  requireApproval,
  refuseDeniedVersions,
  refuseOldSerial,
];
