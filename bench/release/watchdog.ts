import { startWatchdog } from "../../lab/run-cli.ts";
import type { Service } from "../../lab/service.ts";
import { waitFor } from "../../lab/wait.ts";
import { OBSERVED_WITHIN_MS } from "./faults.ts";

/** How long a release program may be silent until it is taken for dead. */
const LEASE_S = 15;

/**
 * Kills release programs at 5 % and waits for the watchdog to take the traffic off.
 *
 * @returns from each death until weight 0 was in the router, less the lease's time, s
 */
export async function measureWatchdog(service: Service, runs: number, log: (text: string) => void): Promise<number[]> {
  const watchdog = startWatchdog(service.config);
  const isBack = async () => {
    const { state, weights } = await service.traffic.read();
    return weights[state.live] === 100;
  };
  const overLeaseS: number[] = [];
  try {
    for (let run = 1; run <= runs; run += 1) {
      const { state } = await service.traffic.read();
      const version = state[state.live]?.version === "1.1.0" ? "1.0.0" : "1.1.0";
      const release = service.start("release", "--image", `sluice-sample:${version}`, "--again");
      await release.waitForEvent(({ type }) => type === "weight-observed", OBSERVED_WITHIN_MS);
      process.kill(release.pid, "SIGKILL");
      const killedAt = Date.now();
      await release.done;
      const back = await waitFor(isBack, { timeoutMs: 60_000, intervalMs: 50 });
      const overS = Math.round(Date.now() - killedAt - 1_000 * LEASE_S) / 1_000;
      overLeaseS.push(back ? overS : Infinity);
      log(`watchdog, ${run} of ${runs}: weight 0 ${overS} s after the lease's time`);
      await service.run("resume", "--now");
    }
  } finally {
    watchdog.kill();
  }
  return overLeaseS;
}
