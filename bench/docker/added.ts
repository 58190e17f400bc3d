import path from "node:path";
import { median } from "../../lab/demo-summary.ts";
import type { HostService } from "../../lab/docker/host-service.ts";
import { startLoad } from "../../lab/load.ts";

const RPS = 100;
const SECONDS = 30;
/** Connections are opened and code is compiled in the first ones. */
const WARM_UP_MS = 10_000;

/**
 * What the edge adds to a request: half of the requests go through it and half past it, at the same time.
 *
 * @returns the difference of the medians, ms
 */
export async function measureAdded(service: HostService, live: "blue" | "green", build: string): Promise<number> {
  const began = Date.now();
  const entrances = [service.entrance, service.directTo(live)];
  const loads = entrances.map(({ host, url }, i) =>
    startLoad({
      url: `${url}/api/quote`,
      host,
      rps: RPS,
      seconds: SECONDS,
      out: path.join(build, `docker-bench-${i}.jsonl`),
    }),
  );
  await Promise.all(loads.map(({ done }) => done));
  const [through = Number.NaN, past = Number.NaN] = loads.map((load) =>
    median(load.answers().flatMap(({ durationMs, startMs }) => (startMs - began < WARM_UP_MS ? [] : [durationMs]))),
  );
  return Number((through - past).toFixed(3));
}
