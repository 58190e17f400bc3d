import { EXIT } from "./exit.ts";
import { UserError } from "./errors.ts";
import type { Ports, Routing } from "./ports.ts";
import { reconcile, takeTrafficBack } from "./way-back.ts";

/** What an abort needs; of the stack, where it is known, only once the traffic is safe. */
export type AbortPorts = Pick<Ports, "clock" | "reporter" | "traffic"> & Partial<Pick<Ports, "stack">>;

/**
 * Puts all traffic on stable and makes the stack agree, without any release program: also after one has died. The way back
 * is made from the router's objects in the cluster, so that the traffic moves whatever state Pulumi is in.
 *
 * @returns the exit code
 */
export async function abortWithoutRelease(ports: AbortPorts): Promise<number> {
  const routing = await lookOnce(ports);
  const candidate = routing?.state.candidate;
  ports.reporter.report({
    type: "rolling-back",
    at: ports.clock.now(),
    weight: candidate === undefined ? 0 : (routing?.weights[candidate] ?? 0),
    reason: "asked for by the operator",
  });
  const back = await takeTrafficBack(ports, { aboveSerial: routing?.serial ?? 0 });
  if (back === undefined) return EXIT.rollbackFailed;
  const { clock, reporter, stack } = ports;
  if (stack !== undefined) return (await reconcile({ clock, reporter, stack }, back)) ? EXIT.promoted : EXIT.userError;
  const problem = "no stack was named, so its file and Pulumi's state still say what was before";
  reporter.report({ type: "reconcile-failed", at: clock.now(), problem });
  return EXIT.userError;
}

/** Where the traffic is now; `undefined` when the cluster does not answer, which the way back then waits for. */
async function lookOnce({ traffic }: AbortPorts): Promise<Routing | undefined> {
  try {
    return await traffic.read();
  } catch (error) {
    if (error instanceof UserError) throw error;
    return undefined;
  }
}
