import type { Audience } from "./audience.ts";
import type { ReleaseState } from "./release-state.ts";
import type { Unsupported } from "./router-abilities.ts";
import type { KongRouter, Router } from "./router.ts";
import type { Strategy } from "./strategy.ts";

/** The parts of a stack that together make its routes. */
export interface Routed {
  readonly router: Router;
  readonly strategy: Strategy;
  readonly audience: Audience;
  readonly release: ReleaseState;
}

/** A setting at odds with another one: the router could do each of them alone. */
export interface Conflict extends Unsupported {
  readonly input?: unknown;
}

/** Every setting that would be left out without a word, or that the API server would refuse. */
export function findConflicts({ audience, release, router, strategy }: Routed): readonly Conflict[] {
  return [
    ...findPartialSwitch(router, release),
    ...findSecondAssignment(strategy, audience),
    ...(router.kind === "kong" ? findPluginConflicts(router.canaryPlugin, strategy, audience) : []),
    ...(router.kind === "gateway" || router.kind === "kong" ? findExcess(strategy, audience) : []),
  ];
}

function findPartialSwitch({ kind }: Router, { weight }: ReleaseState): readonly Conflict[] {
  if (kind !== "selector" || weight === 0 || weight === 100) return [];
  const message = "must be 0 or 100: router selector sends all traffic to one slot";
  return [{ path: ["release", "weight"], message, input: weight }];
}

function findSecondAssignment(strategy: Strategy, { sticky }: Audience): readonly Conflict[] {
  if (strategy.kind !== "experiment" || sticky === undefined) return [];
  return [{ path: ["audience", "sticky"], message: "strategy experiment has strategy.assignment for this: remove it" }];
}

function findPluginConflicts(
  plugin: KongRouter["canaryPlugin"],
  strategy: Strategy,
  { segments, sticky }: Audience,
): readonly Conflict[] {
  if (plugin === undefined) return [];
  const conflicts: Conflict[] = [];
  if (strategy.kind === "experiment") {
    const message = "splits by its own hash, an experiment by strategy.assignment: remove it";
    conflicts.push({ path: ["router", "canaryPlugin"], message });
  }
  if (sticky !== undefined) {
    const message = "router.canaryPlugin keeps users on one side by its own hash: remove one of them";
    conflicts.push({ path: ["audience", "sticky"], message });
  }
  segments.forEach(({ goesTo }, i) => {
    if (goesTo !== "candidate") return;
    // The way back is one write of one object, and here the plugin is that object.
    const message =
      "the way back of router.canaryPlugin does not reach the route of a segment: use hash: allow with groups, " +
      "or remove the plugin";
    conflicts.push({ path: ["audience", "segments", i, "goesTo"], message, input: goesTo });
  });
  return conflicts;
}

/** Bounds of one HTTPRoute, as its definition has them. */
const HTTP_ROUTE = { rules: 16, matchesOfRule: 64, matches: 128 };

function findExcess(strategy: Strategy, { segments, sticky }: Audience): readonly Conflict[] {
  const path = ["audience", "segments"];
  // Testers, everyone else, and the users whose bucket or group is sent to the candidate.
  const others = sticky === undefined && strategy.kind !== "experiment" ? 2 : 3;
  const matches = segments.reduce((sum, { when }) => sum + when.length, others);
  const conflicts: Conflict[] = segments.flatMap(({ when }, i) => {
    if (when.length <= HTTP_ROUTE.matchesOfRule) return [];
    const message = `holds ${when.length} matches; an HTTPRoute's rule takes ${HTTP_ROUTE.matchesOfRule}`;
    return [{ path: [...path, i, "when"], message }];
  });
  if (segments.length + others > HTTP_ROUTE.rules) {
    const message = `are ${segments.length}; an HTTPRoute takes ${HTTP_ROUTE.rules - others} beside its other rules`;
    conflicts.push({ path, message });
  }
  if (matches > HTTP_ROUTE.matches) {
    const message = `hold ${matches - others} matches; an HTTPRoute takes ${HTTP_ROUTE.matches - others} beside its others`;
    conflicts.push({ path, message });
  }
  return conflicts;
}
