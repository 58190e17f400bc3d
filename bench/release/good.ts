import { measureGood } from "../../lab/demo-result.ts";
import type { ReleasedService } from "../../lab/released-service.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { ProcessWatch } from "./process.ts";

/** What releases of good versions did, one number for each. */
export interface GoodResults {
  readonly runs: number;
  readonly durationS: number[];
  readonly failedRequests: number[];
  readonly outcome: string[];
}

/** Releases good versions in turn, and takes the time, the failed requests and what the program itself costs. */
export async function measureGoodReleases(service: ReleasedService, runs: number, log: (text: string) => void) {
  const result: GoodResults = { runs, durationS: [], failedRequests: [], outcome: [] };
  const cpuShares: number[] = [];
  let peakMiB = 0;
  for (let run = 1; run <= runs; run += 1) {
    const { state } = await service.traffic.read();
    const version = state[state.live]?.version === "1.1.0" ? "1.0.0" : "1.1.0";
    const release = service.start("release", "--image", `sluice-sample:${version}`, "--again");
    const watch = new ProcessWatch(release.pid);
    const { events } = await release.done;
    const { peakMiB: peak, shareBetween } = await watch.end();
    peakMiB = Math.max(peakMiB, peak);
    cpuShares.push(...findDwells(events).map(([from, to]) => shareBetween(from, to)));
    const { durationS, failedRequests, outcome } = measureGood(events, service.answers());
    result.durationS.push(durationS);
    result.failedRequests.push(failedRequests);
    result.outcome.push(outcome);
    log(`good, ${run} of ${runs}: ${outcome} after ${durationS} s, ${failedRequests} failed`);
  }
  return { result, peakMiB, cpuShares: cpuShares.filter(Number.isFinite) };
}

/** From each observed weight to the next verdict: times in which the program does nothing but look and write down. */
function findDwells(events: readonly ReleaseEvent[]): readonly (readonly [number, number])[] {
  return events.flatMap((event, i) => {
    if (event.type !== "weight-observed") return [];
    const left = events.slice(i).find(({ type }) => type === "decided");
    return left === undefined ? [] : [[event.at, left.at] as const];
  });
}
