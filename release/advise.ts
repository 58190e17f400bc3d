import { gateSchema, type Gate } from "../config/gate.ts";
import { metricsSchema } from "../config/metrics.ts";
import { ROUTER_ABILITIES, STRATEGY_ROUTERS, type Ability } from "../config/router-abilities.ts";
import { KUBERNETES_ROUTERS, type RouterKind } from "../config/router.ts";
import type { StackConfig } from "../config/schema.ts";
import { canarySchema, type Canary } from "../config/strategy.ts";
import { formatDuration } from "../config/duration.ts";
import { expectDetection, requestsToPass, type Foreseen } from "./gate/foresight.ts";

export const CHANGES = ["daily", "major", "database", "urgent"] as const;

/** As the schema has it; a stack without metrics has none of its own. */
const SCRAPE_INTERVAL_MS = metricsSchema.shape.scrapeInterval.parse(undefined);

/** What is going to be released. */
export type Change = (typeof CHANGES)[number];

/** What the advice is about. */
export interface Situation {
  readonly change: Change;
  /** Requests per second of the whole service; `undefined` when nobody knows. */
  readonly rps: number | undefined;
  /** The failing share of what serves now. */
  readonly failing: number;
  /** Whether users have sessions that only the version which began them can go on with. */
  readonly statefulSessions: boolean;
  /** The router that is there; `undefined` when that is open. */
  readonly router: RouterKind | undefined;
  readonly gate: Gate;
  readonly scrapeIntervalMs: number;
  /** The steps to choose from, the last is 100. */
  readonly weights: readonly number[];
}

/** What the user says about a change. */
export interface Answers {
  readonly change: Change;
  readonly traffic?: number;
  /** In percent. */
  readonly failing?: number;
  readonly statefulSessions?: boolean;
  readonly router?: RouterKind;
}

/** The answers, with the rest from the stack, or from the schema's defaults where there is none. */
export function situationOf(answers: Answers, stack: StackConfig | undefined): Situation {
  const gate = stack?.gate ?? gateSchema.parse({});
  const weightsOf = ({ weights }: Canary) => weights.map(({ weight }) => weight);
  const usual = weightsOf(canarySchema.parse({ kind: "canary" }));
  const own = stack?.strategy.kind === "canary" ? weightsOf(stack.strategy) : [];
  return {
    change: answers.change,
    rps: answers.traffic,
    failing: answers.failing === undefined ? gate.ignoreBelow : answers.failing / 100,
    statefulSessions: answers.statefulSessions ?? false,
    router: answers.router ?? stack?.router.kind,
    gate,
    scrapeIntervalMs: stack?.metrics?.scrapeInterval ?? SCRAPE_INTERVAL_MS,
    weights: own.length > 1 ? own : usual,
  };
}

export interface Advice {
  readonly strategy: "canary" | "blueGreen";
  readonly router: RouterKind;
  /** The steps, where there is more than one. */
  readonly weights: readonly number[] | undefined;
  /** How long the gate should stay on after the last step, ms; `undefined`: as it is. */
  readonly bakeMs: number | undefined;
  /** Whether a user should stay on one side. */
  readonly sticky: boolean;
  /** Further parts of the configuration that belong to it. */
  readonly beside: readonly ("flags" | "database")[];
  readonly reasons: readonly string[];
}

/** The strategy, router and first weights for a change, each with its reason. */
export function advise(situation: Situation): Advice {
  const first = situation.change === "daily" ? chooseFirstWeight(situation) : undefined;
  const isCanary = situation.change === "daily" && first?.weight !== undefined;
  const strategy = isCanary ? "canary" : "blueGreen";
  const sticky = isCanary && situation.statefulSessions;
  const { reason: ofRouter, router } = chooseRouter(situation.router, strategy, sticky);
  const weights = situation.weights.filter((weight) => weight >= (first?.weight ?? 100));
  return {
    strategy,
    router,
    weights: isCanary ? weights : undefined,
    bakeMs: isCanary ? undefined : chooseBake(situation),
    sticky,
    beside: isOnDocker(router) ? [] : besides(situation.change),
    reasons: [
      ...explainChange(situation.change, isCanary),
      ...(first?.reasons ?? []),
      ...(isCanary ? [] : explainSwitch(situation)),
      ...explainSessions(situation.statefulSessions, isCanary),
      ofRouter,
      ...(isOnDocker(router) && besides(situation.change).length > 0
        ? [
            "on a Docker host the flags of a service, and changes of its database, are made by other means than a stack file",
          ]
        : []),
    ],
  };
}

function besides(change: Situation["change"]): Advice["beside"] {
  if (change === "major") return ["flags"];
  return change === "database" ? ["database"] : [];
}

function isOnDocker(router: RouterKind): boolean {
  return router === "nginx" || router === "traefik";
}

function explainChange(change: Change, isCanary: boolean): readonly string[] {
  switch (change) {
    case "daily":
      return isCanary
        ? ["a small change of every day: few users see it first, and the gate takes it back by itself"]
        : ["a small change of every day, which few users would see first, if there were enough of them"];
    case "major":
      return [
        "a major change: half of it makes no sense to a user, so the whole version is checked, then switched to at once",
        "what is new goes behind flags that are off at first: then the switch changes nothing a user sees, and each part " +
          "is turned on, and off again, without a release",
      ];
    case "database":
      return [
        "a change of the database: it is expanded before the version has a pod, and both versions work with it then",
        "one switch keeps the time short in which two versions write; the old version stays warm for the way back, and " +
          "what only it needed is removed by an approval of its own (database.contract)",
      ];
    case "urgent":
      return ["an urgent fix: checks, then all users at once, and one switch back if it is none"];
  }
}

/** What a fault is that must not be missed: twice the limit, and clearly above what is tolerated. */
function faultOf({ failing, gate }: Situation): Foreseen {
  return { fault: Math.min(0.9, Math.max(2 * gate.limit, 2 * gate.tolerate * failing)), stable: failing };
}

/** The smallest step that shows a fault in twice the shortest step time: a smaller one is time without an answer. */
function chooseFirstWeight(situation: Situation) {
  const { gate, rps, scrapeIntervalMs, weights } = situation;
  const smallest = weights[0] ?? 100;
  if (rps === undefined) {
    return { weight: smallest, reasons: ["without the traffic (--traffic) nobody can tell what a step will show"] };
  }
  const foreseen = faultOf(situation);
  const detect = (weight: number) => expectDetection(gate, foreseen, (rps * weight) / 100, scrapeIntervalMs);
  const within = 2 * gate.minStepTime;
  const weight = weights.find((candidate) => candidate < 100 && detect(candidate).ms <= within);
  const seen = (at: number) => formatDuration(detect(at).ms);
  const requests = Math.round((rps * smallest * gate.minStepTime) / 100_000);
  const story =
    `at ${rps} requests/s a step of ${smallest} % sees ${requests} in ${formatDuration(gate.minStepTime)}; a version of which ` +
    `${percent(foreseen.fault)} fail is seen after ${seen(smallest)} and ${Math.ceil(detect(smallest).failed)} failed requests`;
  if (weight === undefined) {
    const largest = weights.filter((candidate) => candidate < 100).at(-1) ?? smallest;
    return {
      weight: undefined,
      reasons: [story, `even ${largest} % would take ${seen(largest)}: too long for steps, so there is one`],
    };
  }
  const begin =
    weight === smallest ? "soon enough to begin there" : `too late; at ${weight} % after ${seen(weight)}: begin there`;
  return { weight, reasons: [`${story}: ${begin}`, ...explainPass(situation, weight)] };
}

function explainPass({ failing, gate, rps = 0 }: Situation, weight: number): readonly string[] {
  const requests = requestsToPass(gate, failing);
  if (requests === undefined) {
    return [`with ${percent(failing)} failing already no version is proved below the limit of ${percent(gate.limit)}`];
  }
  const ms = ((requests * 100) / (rps * weight)) * 1_000;
  const limited = ms > gate.maxStepTime ? `, which is past maxStepTime (${formatDuration(gate.maxStepTime)})` : "";
  return [
    `a good version is proved below the limit of ${percent(gate.limit)} by ${requests} requests: ${formatDuration(ms)} at ${weight} %${limited}`,
  ];
}

/** Long enough to see a fault once everybody has it. */
function chooseBake({ rps, ...situation }: Situation): number | undefined {
  if (rps === undefined) return undefined;
  const { ms } = expectDetection(situation.gate, faultOf({ rps, ...situation }), rps, situation.scrapeIntervalMs);
  return Math.max(5, Math.ceil((2 * ms) / 60_000)) * 60_000;
}

function explainSwitch(situation: Situation): readonly string[] {
  const { gate, rps, scrapeIntervalMs } = situation;
  if (rps === undefined) return [];
  const foreseen = faultOf(situation);
  const { failed, ms } = expectDetection(gate, foreseen, rps, scrapeIntervalMs);
  return [
    `with all of ${rps} requests/s a version of which ${percent(foreseen.fault)} fail is seen after ${formatDuration(ms)} and ` +
      `${Math.ceil(failed)} failed requests`,
  ];
}

function explainSessions(stateful: boolean, isCanary: boolean): readonly string[] {
  if (!stateful) return [];
  return isCanary
    ? ["sessions belong to a version: a user stays on one side, by a bucket that the edge or the service tells"]
    : ["sessions belong to a version: all of them end at the switch, unless the versions share a store"];
}

function chooseRouter(present: RouterKind | undefined, strategy: "canary" | "blueGreen", sticky: boolean) {
  const needed: readonly Ability[] = [
    ...(strategy === "canary" ? ["percent" as const] : []),
    ...(sticky ? ["bucket" as const] : []),
  ];
  const can = (kind: RouterKind) =>
    STRATEGY_ROUTERS[strategy].includes(kind) && needed.every((ability) => ROUTER_ABILITIES[kind].includes(ability));
  if (present !== undefined && can(present))
    return { router: present, reason: `router ${present} is there, and can do it` };
  const inClusters: readonly RouterKind[] = KUBERNETES_ROUTERS;
  const able = STRATEGY_ROUTERS[strategy].filter((kind) => can(kind) && inClusters.includes(kind)).join(", ");
  const router = "istio";
  if (present === undefined)
    return { router, reason: `router istio: its edge counts the versions apart; able are ${able}` } as const;
  const lacking =
    sticky && ROUTER_ABILITIES[present].includes("percent") ? "keep a user on one side" : "split by percent";
  return { router, reason: `router ${present} cannot ${lacking}: take istio; able are ${able}` } as const;
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
