import {
  analysisTemplate,
  annotate,
  flagger,
  prometheusRule,
  rollout,
  SETTINGS,
  STATE,
  virtualService,
} from "../objects.ts";
import type { RuleCase } from "./case.ts";

const { gate: _gate, ...ungated } = SETTINGS;
const METRIC = "0/spec/metrics/0";
const monitor = (interval: string) => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "ServiceMonitor",
  metadata: { name: "checkout", namespace: "shop" },
  spec: { endpoints: [{ interval }] },
});
const gateOf = (changes: object) => ({
  "0/metadata/annotations": annotate(STATE, { ...SETTINGS, gate: { ...SETTINGS.gate, ...changes } }),
});

export const GATES: readonly RuleCase[] = [
  {
    rule: "require-gates",
    good: [virtualService, rollout, flagger],
    faults: [
      [
        "weights without a gate",
        { "0/metadata/annotations": annotate(STATE, ungated) },
        ["no gate judges the versions between which it splits the traffic"],
      ],
      [
        "a Rollout without analysis",
        { "1/spec/strategy/canary/analysis": undefined },
        ["its canary has no analysis: only time decides"],
      ],
      [
        "a Canary without metrics",
        { "2/spec/analysis/metrics": [] },
        ["its analysis has no metrics: only time decides"],
      ],
    ],
    fine: [
      ["an experiment", { "0/metadata/annotations": annotate(STATE, { strategy: "experiment" }) }],
      [
        "an analysis as a step",
        { "1/spec/strategy/canary/analysis": undefined, "1/spec/strategy/canary/steps/1": { analysis: {} } },
      ],
      ["weights of somebody else", { "0/metadata/annotations": {} }],
    ],
    unknown: [
      "1/spec/strategy/canary/analysis",
      "cannot decide: spec.strategy.canary.analysis is not known before the update",
    ],
    production: true,
  },
  {
    rule: "require-verdicts",
    good: [analysisTemplate],
    faults: [
      ["no success", { [`${METRIC}/successCondition`]: undefined }, ["metric success-rate: no successCondition"]],
      ["no failure", { [`${METRIC}/failureCondition`]: undefined }, ["metric success-rate: no failureCondition"]],
      ["no limit", { [`${METRIC}/failureLimit`]: undefined }, ["metric success-rate: no failureLimit"]],
      [
        "NaN as a pass",
        { [`${METRIC}/successCondition`]: "result[0] >= 0.99" },
        ["metric success-rate: successCondition does not say what no data or NaN means"],
      ],
      [
        "NaN as a failure",
        { [`${METRIC}/failureCondition`]: "result[0] < 0.99" },
        ["metric success-rate: failureCondition does not say what no data or NaN means"],
      ],
    ],
    fine: [["a Job", { [METRIC]: { name: "smoke", provider: { job: {} } } }]],
    unknown: [
      `${METRIC}/successCondition`,
      "cannot decide: spec.metrics[0].successCondition is not known before the update",
    ],
  },
  {
    rule: "limit-gates",
    good: [virtualService, flagger, analysisTemplate],
    faults: [
      ["many failures", gateOf({ limit: 0.05 }), ["gate.limit accepts 5 % failing requests, above 1 %"]],
      ["a tolerant gate", gateOf({ tolerate: 3 }), ["gate.tolerate accepts 3 times stable's failures, above 2 times"]],
      [
        "slow answers",
        gateOf({ latency: { limit: 2, percentile: 99 } }),
        ["gate.latency.limit accepts 2 s, above 1 s"],
      ],
      [
        "Flagger's successes",
        { "1/spec/analysis/metrics/0/thresholdRange/min": 95 },
        ["metric request-success-rate accepts 5 % failing requests, above 1 %"],
      ],
      [
        "Flagger's times",
        { "1/spec/analysis/metrics/1/thresholdRange/max": 1500 },
        ["metric request-duration accepts 1.5 s, above 1 s"],
      ],
      [
        "Argo's successes",
        { "2/spec/metrics/0/successCondition": "len(result) > 0 && result[0] >= 0.9" },
        ["metric success-rate accepts 10 % failing requests, above 1 %"],
      ],
    ],
    settings: [
      [
        { failing: 0.005 },
        { "1/spec/analysis/metrics": [], "2/spec/metrics": [] },
        ["gate.limit accepts 1 % failing requests, above 0.5 %"],
      ],
      [{ failing: 0.1 }, gateOf({ limit: 0.05 }), []],
    ],
    unknown: ["1/spec/analysis/metrics", "cannot decide: spec.analysis.metrics is not known before the update"],
  },
  {
    rule: "require-bake",
    good: [virtualService, prometheusRule],
    faults: [
      [
        "an alert that comes too late",
        { "1/spec/groups/0/rules/0/for": "6m" },
        ["it bakes for 300 s, and alert CanaryHighErrorRate must hold for 360 s before it fires"],
      ],
    ],
    fine: [
      ["an alert about something else", { "1/spec/groups/0/rules/0": { alert: "DiskFull", expr: "x", for: "1h" } }],
    ],
    settings: [[{ least: 600 }, {}, ["it bakes for 300 s, shorter than 600 s"]]],
    unknown: ["1/spec/groups", "cannot decide: spec.groups is not known before the update"],
  },
  {
    rule: "require-alerts",
    good: [virtualService, prometheusRule, rollout, flagger],
    faults: [
      [
        "no alert about it",
        { "1/spec/groups/0/rules/0": { alert: "DiskFull", expr: "x" } },
        ["no PrometheusRule of its namespace has an alert about the version under release"],
      ],
      [
        "no alert for Argo",
        {
          "0": prometheusRule,
          "1/metadata/namespace": "other",
          "0/metadata/namespace": "other",
          "3": prometheusRule,
          "3/metadata/namespace": "other",
        },
        ["no PrometheusRule of its namespace has an alert about the version under release"],
      ],
    ],
    fine: [
      [
        "no candidate",
        {
          "0/metadata/annotations": annotate({ ...STATE, candidate: undefined, weight: 0 }),
          "1/spec/groups/0/rules/0": { alert: "DiskFull", expr: "x" },
        },
      ],
    ],
    unknown: ["1/spec/groups", "cannot decide: spec.groups is not known before the update"],
    production: true,
  },
  {
    rule: "widen-rate-windows",
    good: [prometheusRule, analysisTemplate],
    faults: [
      [
        "a narrow rule",
        { "0/spec/groups/0/rules/0/expr": 'sum(rate(errors_total{code=~"5.."}[30s])) > 1' },
        ["rule CanaryHighErrorRate: a rate over 30s is less than 4 scrapes of 15 s"],
      ],
      [
        "a narrow analysis",
        { "1/spec/metrics/0/provider/prometheus/query": "increase(x[45s]) + rate(y[45s])" },
        ["metric success-rate: a rate over 45s is less than 4 scrapes of 15 s"],
      ],
      [
        "a slow monitor",
        { "1": monitor("30s") },
        ["rule CanaryHighErrorRate: a rate over 1m is less than 4 scrapes of 30 s"],
      ],
      [
        "a stack that says how often",
        {
          "1": {
            ...virtualService,
            metadata: {
              ...(virtualService.metadata as object),
              annotations: annotate(STATE, { ...SETTINGS, scrapeInterval: 60 }),
            },
          },
        },
        ["rule CanaryHighErrorRate: a rate over 1m is less than 4 scrapes of 60 s"],
      ],
    ],
    fine: [
      ["a count over time, which is no rate", { "0/spec/groups/0/rules/0/expr": "max_over_time(up[15s])" }],
      ["a window that is a variable", { "0/spec/groups/0/rules/0/expr": "rate(x[{{args.window}}])" }],
    ],
    settings: [
      [
        { scrapes: 5 },
        { "1": virtualService },
        ["rule CanaryHighErrorRate: a rate over 1m is less than 5 scrapes of 15 s"],
      ],
    ],
    unknown: ["0/spec/groups", "cannot decide: spec.groups is not known before the update"],
  },
];
