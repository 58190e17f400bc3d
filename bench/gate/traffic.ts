import type { Counts, Sample, TimedCounts } from "../../release/events.ts";
import { INCIDENT, type Cell, type Slower } from "./cells.ts";
import { poisson, type Random } from "./random.ts";

export const HOUR_S = 3_600;
export const SCRAPE_S = 15;

/** An hour in which the candidate has its weight from the first second on, scraped at a phase of its own. */
export interface Hour {
  readonly cell: Cell;
  /** What happened between scrapes; times are ms since the hour began. */
  readonly samples: readonly Sample[];
  /** What a second instance of stable answered with as much traffic as the candidate; where it is asked for. */
  readonly baseline: readonly Counts[];
  /** What stable answered in each scrape of the hour before. */
  readonly history: readonly History[];
}

/** What stable answered between two scrapes. */
export interface History extends Counts {
  readonly latency?: TimedCounts;
}

/** Failures, or slow answers, that come in clusters: 1 + Poisson(2) at once. */
const MORE_IN_CLUSTER = 2;

/**
 * Simulates an hour. Requests arrive as a Poisson process and are split at random, so that what each version answers,
 * well or not, are independent Poisson numbers.
 */
export function simulateHour(cell: Cell, random: Random, withBaseline: boolean): Hour {
  const { errorCanary, errorStable, rps, slower, weight } = cell;
  const canaryRps = (rps * weight) / 100;
  const phase = random() * SCRAPE_S;
  const sick = cell.scenario === "incident" ? random() * (HOUR_S - INCIDENT.seconds) : Infinity;
  const samples: Sample[] = [];
  const baseline: Counts[] = [];
  for (let [from, at] = [0, phase]; at <= HOUR_S; [from, at] = [at, at + SCRAPE_S]) {
    const span = at - from;
    const sickShare = Math.max(0, Math.min(at, sick + INCIDENT.seconds) - Math.max(from, sick)) / span;
    const failing = (share: number) => share + sickShare * (INCIDENT.share - share);
    const arm = (requests: number, share: number) => answer(cell, random, requests * span, failing(share));
    samples.push({
      at: at * 1_000,
      spanMs: span * 1_000,
      canary: arm(canaryRps, errorCanary),
      stable: arm(rps - canaryRps, errorStable),
      ...(slower === undefined
        ? {}
        : {
            latency: {
              canary: time(cell, random, canaryRps * span, slower.canary),
              stable: time(cell, random, (rps - canaryRps) * span, slower.stable),
            },
          }),
    });
    if (withBaseline) baseline.push(arm(canaryRps, errorStable));
  }
  const scrapes = HOUR_S / SCRAPE_S;
  const was = cell.scenario === "after-incident" ? random() * (scrapes - INCIDENT.seconds / SCRAPE_S) : Infinity;
  const history = Array.from({ length: scrapes }, (_, i): History => {
    const wasSick = i >= was && i < was + INCIDENT.seconds / SCRAPE_S;
    const counts = answer(cell, random, rps * SCRAPE_S, wasSick ? INCIDENT.share : errorStable);
    if (slower === undefined) return counts;
    return { ...counts, latency: time(cell, random, rps * SCRAPE_S, slower.stable) };
  });
  return { cell, samples, baseline, history };
}

function answer({ scenario }: Cell, random: Random, requests: number, failing: number): Counts {
  const failed = scenario === "clustered" ? clusters(random, requests * failing) : poisson(random, requests * failing);
  return { requests: failed + poisson(random, requests * (1 - failing)), failed };
}

/** How many answers were slower than each edge: what falls between two edges is a Poisson number of its own, or clusters. */
function time({ scenario }: Cell, random: Random, requests: number, shares: Slower): TimedCounts {
  const between = [1, ...shares].map((share, i) => {
    const mean = requests * (share - (shares[i] ?? 0));
    return scenario === "clustered-slow" && i > 0 ? clusters(random, mean) : poisson(random, mean);
  });
  const from = (i: number) => between.slice(i).reduce((sum, count) => sum + count, 0);
  return { requests: from(0), slower: shares.map((_, i) => from(i + 1)) };
}

/** The sizes of k clusters are k + Poisson(2k) together. */
function clusters(random: Random, mean: number): number {
  const count = poisson(random, mean / (1 + MORE_IN_CLUSTER));
  return count + poisson(random, count * MORE_IN_CLUSTER);
}
