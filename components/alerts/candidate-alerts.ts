import { formatDuration } from "../../config/duration.ts";
import { failingShare, latencyQuantile, promDuration, requestsWithin } from "../../config/promql.ts";
import { otherSlot, type Slot } from "../../config/release-state.ts";
import { countingOf, type Observed } from "../internal/observed.ts";
import type { Alert } from "./alert.ts";

const QUANTILE = 0.99;

/**
 * Alerts about the version under release; none while there is none. Without requests, shares and quantiles have no value
 * and fire nothing; with very few, a single failure would be a high share, so these say nothing either.
 */
export function candidateAlerts(observed: Observed): readonly Alert[] {
  const { candidate } = observed.release;
  if (candidate === undefined) return [];
  return [highErrorRate(observed, candidate), highLatency(observed, candidate), degradation(observed, candidate)];
}

function highErrorRate(observed: Observed, slot: Slot): Alert {
  const { errorShare, holdFor } = observed.observability;
  const { source, window } = countingOf(observed);
  return {
    name: "CanaryHighErrorRate",
    when: `${failingShare(source, slot, promDuration(window))} > ${errorShare} ${enough(observed, slot)}`,
    holds: holdFor,
    severity: "critical",
    summary: `${title(observed, slot)} fails too many requests`,
    description: `{{ $value | humanizePercentage }} of the requests to it failed with status 5xx, above ${percent(errorShare)}.`,
    labels: { slot },
  };
}

function highLatency(observed: Observed, slot: Slot): Alert {
  const { holdFor, latencyP99 } = observed.observability;
  return {
    name: "CanaryHighLatency",
    when: `${p99(observed, slot)} > ${latencyP99 / 1_000} ${enough(observed, slot)}`,
    holds: holdFor,
    severity: "warning",
    summary: `${title(observed, slot)} is slow`,
    description: `99 of 100 requests to it take up to {{ $value | humanizeDuration }}, above ${formatDuration(latencyP99)}.`,
    labels: { slot },
  };
}

function degradation(observed: Observed, slot: Slot): Alert {
  const { degradation: limit, degradationFor } = observed.observability;
  const stable = otherSlot(slot);
  const both = `${enough(observed, slot)} ${enough(observed, stable)}`;
  return {
    name: "CanaryPerformanceDegradation",
    when: `(${p99(observed, slot)}) / (${p99(observed, stable)}) > ${limit} ${both}`,
    holds: degradationFor,
    severity: "warning",
    summary: `${title(observed, slot)} is slower than the live version`,
    description: `Its p99 is {{ $value | printf "%.2f" }} times that of slot ${stable} at the same time, above ${limit} times.`,
    labels: { slot },
  };
}

function p99(observed: Observed, slot: Slot): string {
  const { source, window } = countingOf(observed);
  return latencyQuantile(source, slot, QUANTILE, promDuration(window));
}

/** A further condition: that the slot got enough requests to speak of. */
function enough(observed: Observed, slot: Slot): string {
  const { source, window } = countingOf(observed);
  return `and ${requestsWithin(source, slot, promDuration(window))} >= ${observed.observability.minRequests}`;
}

function title({ app, release }: Observed, slot: Slot): string {
  return `Candidate ${release[slot]?.version ?? ""} of ${app.name} (slot ${slot})`;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(6))} %`;
}
