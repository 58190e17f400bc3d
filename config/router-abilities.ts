import type { Audience } from "./audience.ts";
import { KUBERNETES_ROUTERS, ROUTER_KINDS, type Router, type RouterKind } from "./router.ts";
import { hasSlots, type Strategy, type StrategyKind } from "./strategy.ts";

/** Something that not every router can do. */
export type Ability =
  "percent" | "header" | "cookie" | "userAgent" | "cidr" | "cidr6" | "combined" | "bucket" | "mirror";

/** What each router can express. Sources: the routers' own documentation of the objects that are written here. */
export const ROUTER_ABILITIES: Readonly<Record<RouterKind, readonly Ability[]>> = {
  selector: [],
  istio: ["percent", "header", "cookie", "userAgent", "cidr", "combined", "bucket", "mirror"],
  // The specification lets the number of matched headers decide before the order of the rules.
  gateway: ["percent", "header", "cookie", "userAgent", "bucket", "mirror"],
  // One canary for each host: its header is the testers', and its cookie is the router's own setting.
  ingressNginx: ["percent"],
  // Kong has no request mirroring in its open-source gateway.
  kong: ["percent", "header", "cookie", "userAgent", "bucket"],
  nginx: ["percent", "header", "cookie", "userAgent", "cidr", "cidr6", "combined", "bucket"],
  traefik: ["percent", "header", "cookie", "userAgent", "cidr", "cidr6", "combined", "bucket"],
  port: [],
};

const NAMES: Readonly<Record<Ability, string>> = {
  percent: "split requests by percent",
  header: "match a header",
  cookie: "match a cookie",
  userAgent: "match the user agent",
  cidr: "match the client's IPv4 address",
  cidr6: "match the client's IPv6 address",
  combined: "put two conditions into one match and keep the order of segments",
  bucket: "match ranges of buckets",
  mirror: "mirror requests",
};

/** Routers that each strategy may use; its type in `components/` is the same. */
export const STRATEGY_ROUTERS: Readonly<Record<StrategyKind, readonly RouterKind[]>> = {
  canary: ["istio", "gateway", "ingressNginx", "kong", "nginx", "traefik"],
  blueGreen: ["selector", "istio", "gateway", "ingressNginx", "kong", "nginx", "traefik"],
  rolling: ["selector"],
  experiment: ["istio", "gateway", "kong", "nginx", "traefik"],
  argo: ["istio", "selector"],
  replace: ["port"],
};

/** Routers whose testers' route marks each answer with the slot that gave it. */
export const MARKING_ROUTERS: readonly RouterKind[] = ["istio", "gateway", "kong", "nginx", "traefik"];

/** A setting that the chosen router cannot carry out. */
export interface Unsupported {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Every setting that the router cannot express, with the routers that can. */
export function findUnsupported(router: Router, strategy: Strategy, audience: Audience): readonly Unsupported[] {
  const allowed = STRATEGY_ROUTERS[strategy.kind];
  if (!allowed.includes(router.kind)) {
    const alike = allowed.filter((kind) => isInCluster(kind) === isInCluster(router.kind));
    const others = list(alike.length > 0 ? alike : allowed);
    const message = `strategy ${strategy.kind} needs another router than ${router.kind}: ${others}`;
    return [{ path: ["router", "kind"], message }];
  }
  if (strategy.kind === "argo" && (strategy.plan.kind === "canary") !== (router.kind === "istio")) {
    const message = `Argo's ${strategy.plan.kind} needs router ${strategy.plan.kind === "canary" ? "istio" : "selector"}`;
    return [{ path: ["router", "kind"], message }];
  }
  // The others have no audience: the schema says so itself.
  if (!hasSlots(strategy)) return [];
  const can = ROUTER_ABILITIES[router.kind];
  return neededAbilities(strategy, audience)
    .filter(({ ability }) => !can.includes(ability))
    .map(({ ability, path }) => ({ path, message: refusal(router.kind, ability) }));
}

const CONDITIONS = ["header", "cookie", "userAgent", "cidr"] as const;

interface Need {
  readonly ability: Ability;
  readonly path: readonly (string | number)[];
}

function neededAbilities(strategy: Strategy, audience: Audience): readonly Need[] {
  const segments = audience.segments.flatMap(({ when }, segment) =>
    when.flatMap((match, i): Need[] => {
      const path = ["audience", "segments", segment, "when", i];
      const conditions = CONDITIONS.filter((condition) => match[condition] !== undefined);
      const combined: Need[] = conditions.length > 1 ? [{ ability: "combined", path }] : [];
      const abilityOf = (condition: (typeof CONDITIONS)[number]): Ability =>
        condition === "cidr" && match.cidr?.includes(":") === true ? "cidr6" : condition;
      return [
        ...conditions.map((condition) => ({ ability: abilityOf(condition), path: [...path, condition] })),
        ...combined,
      ];
    }),
  );
  const sticky: Need[] = audience.sticky === undefined ? [] : [{ ability: "bucket", path: ["audience", "sticky"] }];
  const mirror: Need[] = audience.mirror === undefined ? [] : [{ ability: "mirror", path: ["audience", "mirror"] }];
  const split: Need[] = strategy.kind === "canary" ? [{ ability: "percent", path: ["router", "kind"] }] : [];
  const isHeldBack = "holdback" in strategy && strategy.holdback !== undefined;
  const holdback: Need[] = isHeldBack ? [{ ability: "percent", path: ["strategy", "holdback"] }] : [];
  return [...segments, ...sticky, ...mirror, ...split, ...holdback];
}

function refusal(kind: RouterKind, ability: Ability): string {
  const inCluster = isInCluster(kind);
  const able = ROUTER_KINDS.filter((other) => ROUTER_ABILITIES[other].includes(ability));
  const alike = able.filter((other) => isInCluster(other) === inCluster);
  // Where a cluster is, a header set before it is a smaller step than another host.
  const named = alike.length > 0 || inCluster ? alike : able;
  const advice =
    named.length > 0
      ? `${list(named)} can`
      : "no router on Kubernetes can; have the load balancer in front set a header, and match that";
  return `router ${kind} cannot ${NAMES[ability]}; ${advice}`;
}

function isInCluster(kind: RouterKind): boolean {
  return KUBERNETES_ROUTERS.some((router) => router === kind);
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
}
