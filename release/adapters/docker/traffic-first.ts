import { setTimeout as sleep } from "node:timers/promises";
import type { TrafficSwitch } from "../../ports.ts";
import type { EngineClient } from "./engine-client.ts";

/** The longest time that something waits for a switch, ms. */
const PATIENCE_MS = 1_000;

/**
 * A switch, and an engine for whoever writes things down, whose calls that change anything wait for the switch while it is
 * under way: both at once in the same container take the engine half as long again (measured: 0.2 s of a way back became 0.3).
 */
export function trafficFirst(
  traffic: TrafficSwitch,
  engine: EngineClient,
): { readonly traffic: TrafficSwitch; readonly engine: EngineClient } {
  let moving: Promise<unknown> = Promise.resolve();
  const turn = () => Promise.race([moving, sleep(PATIENCE_MS, undefined, { ref: false })]);
  const first = <T>(move: Promise<T>): Promise<T> => {
    moving = move.catch(() => undefined);
    return move;
  };
  return {
    traffic: {
      read: () => traffic.read(),
      takeBack: (...way) => first(traffic.takeBack(...way)),
      switchTo: (...way) => first(traffic.switchTo(...way)),
    },
    engine: {
      ...engine,
      writeFile: (...file) => turn().then(() => engine.writeFile(...file)),
      run: (...command) => turn().then(() => engine.run(...command)),
    },
  };
}
