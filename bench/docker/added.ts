import { Agent } from "node:http";
import { median } from "../../lab/demo-summary.ts";
import type { HostService } from "../../lab/docker/host-service.ts";
import { ask } from "./http.ts";

const PAIRS = 3_000;
/** The service and the client are compiled in the first ones. */
const WARM_UP = 5_000;

/**
 * What the edge adds to a request: pairs of requests, one through it and one past it, each on a connection that is open.
 *
 * @returns the difference of the medians, ms
 */
export async function measureAdded(service: HostService, live: "blue" | "green"): Promise<number> {
  const ways = [service.edge, service.directTo(live)].map(({ host, url }) => ({
    url: `${url}/api/quote`,
    headers: { host },
    agent: new Agent({ keepAlive: true, maxSockets: 1 }),
    times: [] as number[],
  }));
  try {
    for (let pair = 0; pair < WARM_UP + PAIRS; pair += 1) {
      for (const { agent, headers, times, url } of ways) {
        const { tookMs } = await ask(url, agent, headers);
        if (pair >= WARM_UP) times.push(tookMs);
      }
    }
  } finally {
    for (const { agent } of ways) agent.destroy();
  }
  const [through = Number.NaN, past = Number.NaN] = ways.map(({ times }) => median(times));
  return Number((through - past).toFixed(3));
}
