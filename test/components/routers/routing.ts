import type { Routing } from "../../../components/routers/router.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import {
  releaseStateSchema,
  rolledBack,
  withCandidate,
  withWeight,
  type ReleaseState,
} from "../../../config/release-state.ts";
import { isOnHost, type KubernetesRouter, type KubernetesRouterKind, type RouterKind } from "../../../config/router.ts";
import { splitOf } from "../../../config/split.ts";
import { STACK } from "../../release/world.ts";

const edge = { hosts: ["checkout.example.com"], gateways: ["edge/public"] };

/** The least that each router needs to be told. */
export const ROUTERS = {
  selector: { kind: "selector" },
  istio: { kind: "istio", ...edge },
  gateway: { kind: "gateway", ...edge },
  ingressNginx: { kind: "ingressNginx", hosts: edge.hosts },
  kong: { kind: "kong", ...edge },
  nginx: { kind: "nginx", hosts: edge.hosts },
  traefik: { kind: "traefik", hosts: edge.hosts },
  port: { kind: "port" },
} as const satisfies Record<RouterKind, object>;

/** Only stable, in slot blue. */
export const ALONE: ReleaseState = releaseStateSchema.parse({ ...STACK.release, serial: 7 });

/** A candidate in slot green at a weight, always at serial 9. */
export function at(weight: number): ReleaseState {
  const candidate = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
  return releaseStateSchema.parse(withWeight(withCandidate(ALONE, candidate), weight));
}

/** What a stack file says that has these sections and is else as plain as it can be. */
export function stackOf(sections: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kind = (sections.router as { readonly kind?: string } | undefined)?.kind;
  const docker = kind === "nginx" || kind === "traefik" || kind === "port" ? { docker: {} } : {};
  return { ...STACK, ...docker, strategy: { kind: "blueGreen" }, ...sections };
}

/** What the router of a stack is told: parsed, so that a test cannot ask for what a user could not write. */
export function routingOf<K extends KubernetesRouterKind>(
  kind: K,
  state: ReleaseState,
  { router = {}, ...sections }: { readonly router?: object; readonly [section: string]: unknown } = {},
): Routing<Extract<KubernetesRouter, { kind: K }>> {
  const values = stackOf({ ...sections, router: { ...ROUTERS[kind], ...router }, release: state });
  const { app, audience, release, router: parsed, strategy } = parseStackConfig(values, "test");
  if (isOnHost(parsed) || !isKind(parsed, kind)) throw new Error(`not ${kind}: ${parsed.kind}`);
  return { app, audience, router: parsed, split: splitOf(strategy, audience), state: release };
}

function isKind<K extends KubernetesRouterKind>(
  router: KubernetesRouter,
  kind: K,
): router is Extract<KubernetesRouter, { kind: K }> {
  return router.kind === kind;
}

/** The annotations of the object that holds the weights, once all traffic is back. */
export function annotationsBack(state: ReleaseState): Readonly<Record<string, string>> {
  return annotationsOf(rolledBack(state));
}

/** The annotations of the object that holds the weights. */
export function annotationsOf(state: ReleaseState): Readonly<Record<string, string>> {
  return {
    "sluice.dev/serial": String(state.serial),
    "sluice.dev/release-state": JSON.stringify(state),
    "sluice.dev/previous-weight": "0",
    "pulumi.com/patchFieldManager": "sluice",
  };
}

/** One segment of each kind of condition. */
export const SEGMENTS = [
  { name: "enterprise", goesTo: "stable", when: [{ header: { name: "x-plan", exact: "enterprise" } }] },
  { name: "beta", goesTo: "candidate", when: [{ cookie: { name: "beta", exact: "a.b" } }, { userAgent: ".*Beta/.*" }] },
  { name: "region", goesTo: "candidate", when: [{ header: { name: "x-region", regex: "eu|us" } }] },
] as const;

export const STICKY = { sticky: { header: "x-user-bucket" } };

export const EXPERIMENT = {
  byBucket: { kind: "experiment", percent: 25 },
  byHeader: { kind: "experiment", percent: 25, assignment: { by: "header", values: ["b", "c+"] } },
} as const;
