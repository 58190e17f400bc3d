import type { Resource } from "../resource.ts";
import { at, listAt, textAt, treeAt } from "./read.ts";

/** The Services whose selectors Argo writes. */
export function servicesOfRollout({ body }: Resource): readonly string[] {
  const { blueGreen, canary } = treeAt(body, "spec", "strategy");
  const names = [
    textAt(canary, "canaryService"),
    textAt(canary, "stableService"),
    textAt(canary, "pingPong", "pingService"),
    textAt(canary, "pingPong", "pongService"),
    textAt(blueGreen, "activeService"),
    textAt(blueGreen, "previewService"),
  ];
  return names.filter((name) => name !== undefined);
}

/** The objects whose weights Argo writes, as `Kind name`. */
export function routersOfRollout({ body }: Resource): readonly string[] {
  const routing = treeAt(body, "spec", "strategy", "canary", "trafficRouting");
  const istio = [at(routing, "istio", "virtualService"), ...listAt(routing, "istio", "virtualServices")];
  const named = (kind: string, names: readonly (string | undefined)[]) =>
    names.filter((name) => name !== undefined).map((name) => `${kind} ${name}`);
  return [
    ...named(
      "VirtualService",
      istio.map((each) => textAt(each, "name")),
    ),
    ...named("Ingress", [textAt(routing, "nginx", "stableIngress"), textAt(routing, "alb", "ingress")]),
    ...named("HTTPRoute", [
      textAt(routing, "plugins", "argoproj-labs/gatewayAPI", "httpRoute"),
      ...listAt(routing, "plugins", "argoproj-labs/gatewayAPI", "httpRoutes").map((each) => textAt(each, "name")),
    ]),
  ];
}

/** Whether a Rollout releases by weights. A canary without any is a rolling update by another name. */
export function isCanaryRollout({ body }: Resource): boolean {
  return listAt(body, "spec", "strategy", "canary", "steps").some((step) => at(step, "setWeight") !== undefined);
}

/** The Service after which Flagger calls what it makes: itself, `-canary` and `-primary`. */
export function serviceOfFlagger({ body }: Resource): string | undefined {
  return textAt(body, "spec", "service", "name") ?? textAt(body, "spec", "targetRef", "name");
}
