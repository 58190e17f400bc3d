import { Agent } from "node:http";
import type { HostService } from "../../lab/docker/host-service.ts";
import { ask } from "./http.ts";

/** The header by which the nginx edge keeps a user on one side; to Traefik it means nothing. */
export const KEY_HEADER = "x-client";

const REQUESTS = 40_000;
const AT_ONCE = 24;
const WEIGHTS = [1, 5, 25, 50] as const;

/**
 * How far the share of the candidate is from its weight, at worst, with as many users as requests.
 *
 * @returns percentage points
 */
export async function measureSplit(service: HostService, log: (text: string) => void): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const errors: number[] = [];
  try {
    for (const weight of WEIGHTS) {
      const { state } = await service.splitTraffic(weight);
      const candidate = state.candidate === undefined ? undefined : state[state.candidate]?.version;
      const versions = await askAll(service, agent, `${weight}`);
      const share = (100 * versions.filter((version) => version === candidate).length) / REQUESTS;
      errors.push(Math.abs(share - weight));
      log(`weight ${weight} %: ${share.toFixed(2)} % of ${REQUESTS.toLocaleString("en")} requests`);
    }
  } finally {
    agent.destroy();
    await service.endSplit();
  }
  return Number(Math.max(...errors).toFixed(3));
}

/** The versions that answered so many users. */
async function askAll(
  { entrance: { host, url } }: HostService,
  agent: Agent,
  salt: string,
): Promise<readonly string[]> {
  const versions: string[] = [];
  let asked = 0;
  const askOn = async () => {
    while (asked < REQUESTS) {
      asked += 1;
      const headers = { host, [KEY_HEADER]: `user-${salt}-${asked}` };
      versions.push((await ask(`${url}/api/quote`, agent, headers)).version);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  return versions;
}
