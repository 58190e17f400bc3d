import { annotate, configMap, contraction, deployment, rollout, SETTINGS, STATE, virtualService } from "../objects.ts";
import type { RuleCase } from "./case.ts";

const resting = { ...STATE, candidate: undefined, weight: 0 };
const atRest = {
  ...virtualService,
  metadata: { ...(virtualService.metadata as object), annotations: annotate(resting) },
};
const denied = { "1.1.0": "fails too often" };
const ANNOTATIONS = "0/metadata/annotations";
const unknown = [ANNOTATIONS, "cannot decide: metadata.annotations is not known before the update"] as const;
const env = (name: string, value: string) => ({ "1/spec/template/spec/containers/0/env/0": { name, value } });

export const PROCESS: readonly RuleCase[] = [
  {
    rule: "forbid-early-contraction",
    good: [contraction, deployment, atRest],
    faults: [
      [
        "a candidate",
        { "2": virtualService },
        ["it contracts the database while VirtualService shop/checkout has a candidate"],
      ],
      [
        "an old version with pods",
        {
          "1/spec/template/metadata/labels": {
            "app.kubernetes.io/name": "checkout",
            "app.kubernetes.io/version": "0.9.0",
          },
        },
        ["it contracts the database for version 1.0.0 while Deployment shop/checkout runs version 0.9.0"],
      ],
    ],
    fine: [
      [
        "an old version without pods",
        {
          "1/spec/replicas": 0,
          "1/spec/template/metadata/labels": {
            "app.kubernetes.io/name": "checkout",
            "app.kubernetes.io/version": "0.9.0",
          },
        },
      ],
      ["another Job", { "0/metadata/labels": {}, "2": virtualService }],
    ],
    unknown: [
      "1/spec/template/metadata/labels",
      "cannot decide: spec.template.metadata.labels is not known before the update",
    ],
  },
  {
    rule: "forbid-plain-secrets",
    good: [configMap, deployment],
    faults: [
      [
        "a password",
        env("DB_PASSWORD", "hunter2"),
        ["container checkout: variable DB_PASSWORD holds a secret in plain text"],
      ],
      [
        "a password in an address",
        env("DB_URL", "postgres://shop:hunter2@db/shop"),
        ["container checkout: variable DB_URL holds a password in an address in plain text"],
      ],
      [
        "a private key",
        { "0/data/id_rsa": "-----BEGIN RSA PRIVATE KEY-----\nMII" },
        ["key id_rsa holds a private key in plain text"],
      ],
      ["a token in a ConfigMap", { "0/data/API_TOKEN": "abcdef" }, ["key API_TOKEN holds a secret in plain text"]],
    ],
    fine: [
      ["a reference", { "1/spec/template/spec/containers/0/env/0": { name: "DB_PASSWORD", valueFrom: {} } }],
      ["a flag about a secret", env("USE_TOKEN", "true")],
    ],
    settings: [
      [
        { names: "^colour$" },
        env("COLOUR", "blue"),
        ["container checkout: variable COLOUR holds a secret in plain text"],
      ],
    ],
    unknown: ["0/data", "cannot decide: data is not known before the update"],
  },
  {
    rule: "require-approval",
    good: [virtualService, rollout],
    faults: [
      [
        "nobody is asked",
        {
          [ANNOTATIONS]: annotate(STATE, {
            ...SETTINGS,
            stages: [
              { weight: 5, approval: false },
              { weight: 100, approval: true },
            ],
          }),
        },
        ["no stage up to 50 % asks a person"],
      ],
      [
        "a switch without a question",
        { [ANNOTATIONS]: annotate(STATE, { ...SETTINGS, stages: [{ weight: 100, approval: false }] }) },
        ["the switch asks nobody"],
      ],
      [
        "a Rollout that goes on by itself",
        { "1/spec/strategy/canary/steps/1/pause": { duration: "5m" } },
        ["none of its steps waits for a person (a pause without a duration)"],
      ],
    ],
    fine: [
      [
        "a switch that asks",
        { [ANNOTATIONS]: annotate(STATE, { ...SETTINGS, stages: [{ weight: 100, approval: true }] }) },
      ],
    ],
    settings: [[{ upTo: 10 }, {}, ["no stage up to 10 % asks a person"]]],
    unknown,
    production: true,
  },
  {
    rule: "refuse-denied-versions",
    good: [virtualService],
    faults: [
      [
        "a denied version",
        { [ANNOTATIONS]: annotate({ ...STATE, denied }) },
        ["version 1.1.0 was taken back: fails too often"],
      ],
    ],
    fine: [
      ["one that was asked for again", { [ANNOTATIONS]: annotate({ ...STATE, denied, again: "1.1.0" }) }],
      ["another denied version", { [ANNOTATIONS]: annotate({ ...STATE, denied: { "1.0.5": "slow" } }) }],
    ],
    unknown,
  },
  {
    rule: "refuse-old-serial",
    good: [virtualService],
    faults: [
      [
        "an older stack file",
        { [ANNOTATIONS]: { ...annotate(), "sluice.dev/stack-serial": "9" } },
        ['the stack file has serial 7, and the stack\'s last update had 9: run "sluice sync"'],
      ],
      [
        "a serial of another state",
        { [ANNOTATIONS]: { ...annotate(), "sluice.dev/serial": "8" } },
        ["its serial 8 is not that of its release state (7)"],
      ],
      [
        "no release state",
        { [ANNOTATIONS]: { "sluice.dev/serial": "8" } },
        ["it carries a serial, and no valid release state"],
      ],
    ],
    unknown,
  },
];
