import type { Expected, Scenario } from "./scenario.ts";
import { isBetween, trafficSeries, type Answers, type Course, type ClusterPreset } from "./series.ts";

const ERRORS: Expected = {
  alert: "CanaryHighErrorRate",
  severity: "critical",
  labels: { slot: "green" },
  summary: "Candidate 1.1.0 of checkout (slot green) fails too many requests",
  description: "20% of the requests to it failed with status 5xx, above 1 %.",
};
const SLOW: Expected = {
  alert: "CanaryHighLatency",
  severity: "warning",
  labels: { slot: "green" },
  summary: "Candidate 1.1.0 of checkout (slot green) is slow",
  description: "99 of 100 requests to it take up to 497.5ms, above 0.1 s.",
};
const SLOWER: Expected = {
  alert: "CanaryPerformanceDegradation",
  severity: "warning",
  labels: { slot: "green" },
  summary: "Candidate 1.1.0 of checkout (slot green) is slower than the live version",
  description: "Its p99 is 10.05 times that of slot blue at the same time, above 1.5 times.",
};

const GOOD: Answers = { requests: 150, failed: 0, slow: 0 };
const NONE: Answers = { requests: 0, failed: 0, slow: 0 };
const FAILING: Answers = { ...GOOD, failed: 30 };
const SLUGGISH: Answers = { ...GOOD, slow: 150 };

const always =
  (answers: Answers): Course =>
  () =>
    answers;
const between = (from: number, until: number, fault: Answers, otherwise = GOOD): Course => {
  return (scrape) => (isBetween(scrape, from, until) ? fault : otherwise);
};

/** For one source of metrics: each alert about the candidate fires and clears; what is no fault fires nothing. */
export function candidateScenarios(preset: ClusterPreset): readonly Scenario[] {
  const traffic = (green: Course, blue = always(GOOD)) => trafficSeries(preset, { blue, green });
  return [
    {
      name: "errors for a while",
      series: traffic(between(1, 7, FAILING)),
      timeline: [
        [1, []],
        [2.5, []],
        [5, [ERRORS]],
        [9, []],
      ],
    },
    {
      name: "errors from the first request on",
      series: traffic(always(FAILING)),
      timeline: [
        [1, []],
        [5, [ERRORS]],
      ],
    },
    {
      name: "errors that end with the traffic",
      series: traffic(between(1, 5, FAILING, NONE)),
      timeline: [
        [4.5, [ERRORS]],
        [7, []],
      ],
    },
    {
      name: "slow for a while",
      series: traffic(between(1, 8.5, SLUGGISH)),
      timeline: [
        [1, []],
        [5, [SLOW]],
        [8, [SLOW, SLOWER]],
        [9.75, []],
      ],
    },
    {
      name: "slow on both sides: no degradation",
      series: traffic(between(1, 8.5, SLUGGISH), between(1, 8.5, SLUGGISH)),
      timeline: [[8, [SLOW]]],
    },
    { name: "no series of the candidate", series: trafficSeries(preset, { blue: always(GOOD) }), timeline: [[5, []]] },
    { name: "no series at all", series: [], timeline: [[2, []]] },
    {
      name: "no traffic any more",
      series: traffic(between(0, 1, GOOD, NONE), between(0, 1, GOOD, NONE)),
      timeline: [[5, []]],
    },
    {
      name: "a few requests, all of them failing and slow",
      series: traffic((scrape) => (scrape % 4 === 0 ? { requests: 4, failed: 4, slow: 4 } : NONE)),
      timeline: [[9, []]],
    },
    { name: "failures of the live version", series: traffic(always(GOOD), always(FAILING)), timeline: [[5, []]] },
  ];
}
