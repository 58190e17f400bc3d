import { isFailed, type Answer } from "../../lab/load/answer.ts";
import type { Faults } from "../../lab/faults.ts";
import { measureWayBack } from "../../lab/demo-result.ts";
import type { ReleasedService } from "../../lab/released-service.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { ProcessWatch } from "./process.ts";

/** A fault that sets in while the candidate has 5 % of the traffic, and how soon it is to be found. */
export interface FaultCase {
  readonly fault: string;
  readonly faults: Partial<Faults>;
  readonly isBad: (answer: Answer) => boolean;
  /** Settings of the stack that differ from the lab's. */
  readonly gate: Readonly<Record<string, unknown>>;
  readonly detectWithinS: number;
}

const SLOWER_MS = 200;
const isSlow = ({ durationMs }: Answer) => durationMs >= SLOWER_MS;

const errors = (errorShare: number, detectWithinS: number): FaultCase => ({
  fault: `${100 * errorShare} % errors`,
  faults: { errorShare },
  isBad: isFailed,
  gate: {},
  detectWithinS,
});

export const FAULT_CASES: readonly FaultCase[] = [
  errors(1, 5),
  errors(0.2, 10),
  errors(0.05, 20),
  {
    fault: `+${SLOWER_MS} ms`,
    faults: { latencyMs: SLOWER_MS, slowShare: 0.5 },
    isBad: (answer) => isSlow(answer) || isFailed(answer),
    // Errors are found without it, and on a small machine it may find fault with a healthy candidate.
    gate: { latency: {} },
    detectWithinS: 15,
  },
];

/** What the releases into which a fault was switched did, one number for each. */
export interface FaultResult {
  readonly fault: string;
  readonly runs: number;
  /** From the first bad answer that a user got to the decision; null where none was taken after it. */
  readonly detectionS: (number | null)[];
  /** From the decision to the start of the last request that the candidate served. */
  readonly decisionToZeroS: (number | null)[];
  /** Answers that were bad in the sense of the fault. */
  readonly failingRequests: number[];
  readonly outcome: string[];
}

const VERSION = "1.1.0";

/** A deployment on two cores, with the checks and the warm-up. */
export const OBSERVED_WITHIN_MS = 300_000;

/** Releases a version again and again; each time the fault is switched on once 5 % is observed. */
export async function measureFault(
  service: ReleasedService,
  fault: FaultCase,
  runs: number,
  log: (text: string) => void,
) {
  const result: FaultResult = {
    fault: fault.fault,
    runs,
    detectionS: [],
    decisionToZeroS: [],
    failingRequests: [],
    outcome: [],
  };
  let peakMiB = 0;
  for (let run = 1; run <= runs; run += 1) {
    const release = service.start("release", "--image", `sluice-sample:${VERSION}`, "--again");
    const watch = new ProcessWatch(release.pid);
    const isThere = ({ type }: ReleaseEvent) => type === "weight-observed" || type === "rolling-back";
    await release.waitForEvent(isThere, OBSERVED_WITHIN_MS);
    const onAt = Date.now();
    await service.setFaults("green", fault.faults);
    const { events } = await release.done;
    peakMiB = Math.max(peakMiB, (await watch.end()).peakMiB);
    const finished = events.findLast((event) => event.type === "finished");
    if (!events.some(({ type }) => type === "rolling-back")) {
      result.detectionS.push(null);
      result.decisionToZeroS.push(null);
      result.failingRequests.push(service.answers(onAt).filter(fault.isBad).length);
      result.outcome.push(finished?.outcome ?? "unfinished");
      log(`${fault.fault}, ${run} of ${runs}: ${result.outcome.at(-1) ?? ""}, never found`);
      continue;
    }
    const isBad = (answer: Answer) => answer.startMs + answer.durationMs >= onAt && fault.isBad(answer);
    const { decisionToZeroS, detectionS, failing, outcome } = measureWayBack(events, service.answers(), VERSION, isBad);
    result.detectionS.push(finite(detectionS));
    result.decisionToZeroS.push(finite(decisionToZeroS));
    result.failingRequests.push(failing);
    result.outcome.push(outcome);
    log(`${fault.fault}, ${run} of ${runs}: ${outcome}, found after ${detectionS} s, ${failing} bad answers`);
  }
  return { result, peakMiB };
}

function finite(value: number): number | null {
  return Number.isFinite(value) && value >= 0 ? value : null;
}
