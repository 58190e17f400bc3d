import { ACTIVATION_ENDS, activation, type ActivationEnd, type ActivationOptions } from "../config/edge/activation.ts";
import { readServed, type Served } from "../config/edge/mark.ts";
import type { Ended } from "./exec.ts";

/** A routing that was not put in force; the one before it still is. */
export class ActivationError extends Error {
  override readonly name = "ActivationError";
  readonly end: Exclude<ActivationEnd, "inForce">;
  constructor(end: Exclude<ActivationEnd, "inForce">, message: string) {
    super(message);
    this.end = end;
  }
}

/**
 * Puts a routing in force at the edge, and waits until the edge itself says so.
 *
 * @param run runs a command in the edge's container
 * @param text the routing's file
 * @returns what the edge said
 * @throws ActivationError when the edge refused it, or a newer one is in force: nothing has changed
 */
export async function activate(
  run: (command: readonly string[]) => Promise<Ended>,
  text: string,
  options?: ActivationOptions,
): Promise<Served> {
  const { code, stderr, stdout } = await run(activation(text, options));
  const said = `${stdout}\n${stderr}`.trim();
  switch (code) {
    case ACTIVATION_ENDS.inForce: {
      const served = readServed(stdout);
      if (served === undefined) throw new Error(`the edge answers what is no routing: ${said}`);
      return served;
    }
    case ACTIVATION_ENDS.busy:
      throw new ActivationError("busy", `somebody else has been writing the edge's routing for 10 s ${said}`);
    case ACTIVATION_ENDS.stale:
      throw new ActivationError(
        "stale",
        `the edge has a routing with serial ${said}, which this one does not come after: run "sluice sync"`,
      );
    case ACTIVATION_ENDS.full:
      throw new ActivationError("full", `the edge's volume cannot be written: ${said}`);
    case ACTIVATION_ENDS.invalid:
      throw new ActivationError("invalid", `the edge refuses the routing, the last one stays: ${said}`);
    case ACTIVATION_ENDS.notInForce:
      throw new ActivationError(
        "notInForce",
        `the edge does not follow the routing, the last one is back: it says ${said === "" ? "nothing" : said}`,
      );
    default:
      throw new Error(`the edge's routing could not be written (exit code ${code}): ${said}`);
  }
}
