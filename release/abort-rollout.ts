import { liveVersion, type ReleaseState } from "../config/release-state.ts";
import { EXIT } from "./exit.ts";
import { UserError } from "./errors.ts";
import type { Ports, Rollout, RolloutStatus } from "./ports.ts";
import { waitUntil } from "./stack-mover.ts";
import { reconcile } from "./way-back.ts";

/** How long Argo may take until all traffic is on stable. */
const BACK_WITHIN_MS = 60_000;

export type RolloutPorts = Pick<Ports, "clock" | "reporter" | "stack"> & { readonly rollout: Rollout };

/**
 * Tells Argo to take all traffic back, waits until it has, and declares the stable version again: else the Rollout would
 * stay degraded, with a stack that says what does not serve.
 *
 * @returns the exit code
 * @throws UserError when Argo has nothing to take back
 */
export async function abortRollout(release: ReleaseState, ports: RolloutPorts): Promise<number> {
  const { clock, reporter, rollout } = ports;
  const before = await rollout.read();
  if (!before.underWay) throw new UserError(describeRest(release, before));
  const began = clock.now();
  reporter.report({ type: "rolling-back", at: began, weight: before.weight, reason: "asked for by the operator" });
  await rollout.abort();
  try {
    await waitUntil({ clock, signal: NEVER }, BACK_WITHIN_MS, "Argo to take the traffic back", async () => {
      const { aborted, weight } = await rollout.read();
      return aborted && weight === 0;
    });
  } catch (error) {
    reporter.report({ type: "traffic-stuck", at: clock.now(), problem: error instanceof Error ? error.message : "" });
    return EXIT.rollbackFailed;
  }
  const at = clock.now();
  reporter.report({ type: "traffic-back", at, serial: release.serial, tookMs: at - began });
  const { stable } = before;
  if (stable === undefined) {
    const problem = "Argo's stable version has no ReplicaSet that tells its image: set sluice:release back by hand";
    reporter.report({ type: "reconcile-failed", at, problem });
    return EXIT.userError;
  }
  const declared = { ...release, [release.live]: { ...liveVersion(release), ...stable }, serial: release.serial + 1 };
  return (await reconcile(ports, declared)) ? EXIT.promoted : EXIT.userError;
}

const NEVER = new AbortController().signal;

function describeRest(release: ReleaseState, { message, phase, stable }: RolloutStatus): string {
  const told = message === undefined ? phase : `${phase}: ${message}`;
  return (
    `Argo has no release under way (${told}): ${stable?.version ?? liveVersion(release).version} serves all traffic. ` +
    'To go back to an earlier version, declare it in sluice:release and run "pulumi up".'
  );
}
