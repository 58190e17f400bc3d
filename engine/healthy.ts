import { setTimeout as sleep } from "node:timers/promises";
import type { Container } from "dockerode";

const LOOK_EVERY_MS = 200;

/** Ends so often while it starts, and it will not start. */
const ENDS = 3;

/**
 * Waits until a container is healthy by its own health check; without one, until it runs.
 *
 * @throws Error with why it is not, what its health check said last, and the end of its log
 */
export async function waitUntilHealthy(made: Container, name: string, withinMs: number): Promise<void> {
  const end = performance.now() + withinMs;
  for (;;) {
    const { RestartCount, State } = await made.inspect();
    const health = State.Health?.Status ?? "none";
    if (State.Running && (health === "healthy" || health === "none")) return;
    const ended = RestartCount >= ENDS ? `ends with ${State.ExitCode} again and again` : undefined;
    const why = ended ?? (performance.now() > end ? `was not healthy within ${withinMs / 1_000} s` : undefined);
    if (why !== undefined) {
      const asked = State.Health?.Log.at(-1)?.Output ?? "";
      const said = await made.logs({ stdout: true, stderr: true, tail: 20 });
      throw new Error(`container ${name} ${why}. ${asked}\nThe end of its log:\n${readable(said)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Without the engine's frames, which begin with bytes below the space. */
function readable(log: Buffer): string {
  return log.toString("latin1").replace(/[^\n -\u00ff]/g, "");
}
