import { EXIT } from "./exit.ts";
import type { Ports } from "./ports.ts";
import { reconcile, takeTrafficBack } from "./way-back.ts";

/**
 * Puts all traffic on stable and makes the stack agree, without any release program: also after one has died.
 *
 * @returns the exit code
 */
export async function abortWithoutRelease(ports: Ports): Promise<number> {
  const handle = await ports.stack.readHandle();
  const { serial, state, weights } = await ports.traffic.read();
  const at = ports.clock.now();
  const reason = "asked for by the operator";
  ports.reporter.report({
    type: "rolling-back",
    at,
    weight: state.candidate === undefined ? 0 : weights[state.candidate],
    reason,
  });
  const back = await takeTrafficBack(ports, handle, serial);
  if (back === undefined) return EXIT.rollbackFailed;
  return (await reconcile(ports, back)) ? EXIT.promoted : EXIT.userError;
}
