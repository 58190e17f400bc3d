import type { Resource } from "../resource.ts";
import { at, isTree, listAt, numberAt, textAt } from "./read.ts";

/** One side of a split. */
export interface Destination {
  /** As the route names it: a Service, or a host. */
  readonly host: string;
  readonly subset?: string | undefined;
  readonly weight?: number | undefined;
}

/** What holds for the requests that match one part of a router's object. */
export interface Route {
  /** How it is called in reports. */
  readonly title: string;
  readonly destinations: readonly Destination[];
  /** Names of the headers that it asks for, in small letters. */
  readonly headers: readonly string[];
}

/** Kinds whose objects hold routes. */
export const ROUTERS = ["VirtualService", "HTTPRoute"] as const;

/** The routes of a VirtualService (of every protocol) or of an HTTPRoute. */
export function routesOf(resource: Resource): readonly Route[] {
  if (resource.kind === "HTTPRoute") return listAt(resource.body, "spec", "rules").map(httpRouteRule);
  return ["http", "tls", "tcp"].flatMap((protocol) =>
    listAt(resource.body, "spec", protocol).map((route, i) => istioRoute(route, `${protocol}[${i}]`)),
  );
}

function istioRoute(route: unknown, position: string): Route {
  const name = textAt(route, "name");
  return {
    title: name === undefined ? `route ${position}` : `route ${name}`,
    destinations: listAt(route, "route").map((target) => ({
      host: textAt(target, "destination", "host") ?? "",
      subset: textAt(target, "destination", "subset"),
      weight: numberAt(target, "weight"),
    })),
    headers: listAt(route, "match")
      .flatMap((match) => Object.keys(asTree(at(match, "headers"))))
      .map(lower),
  };
}

function httpRouteRule(rule: unknown, i: number): Route {
  return {
    title: `rule ${textAt(rule, "name") ?? i}`,
    destinations: listAt(rule, "backendRefs").map((target) => ({
      host: textAt(target, "name") ?? "",
      weight: numberAt(target, "weight"),
    })),
    headers: listAt(rule, "matches").flatMap((match) =>
      listAt(match, "headers").map((header) => lower(textAt(header, "name") ?? "")),
    ),
  };
}

function asTree(value: unknown) {
  return isTree(value) ? value : {};
}

function lower(text: string): string {
  return text.toLowerCase();
}

/** A host as Istio resolves it from a namespace: a bare name is a Service there. */
export function fullHost(host: string, namespace: string): string {
  return host.includes(".") ? host : `${host}.${namespace}.svc.cluster.local`;
}

/** The Service of a host, where it is one of this namespace. */
export function serviceOf(host: string, namespace: string): string | undefined {
  const [name = "", inNamespace, ...rest] = host.split(".");
  if (inNamespace === undefined) return name;
  return inNamespace === namespace && (rest.length === 0 || rest[0] === "svc") ? name : undefined;
}

/** Annotations by which ingress-nginx makes a canary. */
export const NGINX = "nginx.ingress.kubernetes.io";

/** Whether an Ingress takes a part of the traffic of another one. */
export function isCanaryIngress({ annotations, kind }: Resource): boolean {
  return kind === "Ingress" && annotations[`${NGINX}/canary`] === "true";
}
