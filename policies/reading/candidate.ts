import type { Resource } from "../resource.ts";
import { numberAt } from "./read.ts";
import { stateOf } from "./release.ts";
import { isCanaryIngress, NGINX, routesOf } from "./routes.ts";

/** How people call the side of a split that is new. */
const NEW_SIDE = /(^|[-_.])(canary|candidate|preview)([-_.]|$)/;

/**
 * The percentage on the candidate: as the release state says; of objects of others, what a canary Ingress takes, or the
 * highest weight of a destination that is called a canary. 0 without a candidate.
 */
export function candidateWeight(resource: Resource): number {
  const state = stateOf(resource);
  if (state !== undefined) return state.candidate === undefined ? 0 : state.weight;
  if (isCanaryIngress(resource)) return numberAt(resource.annotations[`${NGINX}/canary-weight`]) ?? 0;
  const shares = routesOf(resource)
    .filter(({ destinations }) => destinations.length > 1)
    .flatMap(({ destinations }) => {
      const sum = destinations.reduce((total, { weight = 0 }) => total + weight, 0);
      const fresh = destinations.filter(({ host, subset = "" }) => NEW_SIDE.test(subset) || NEW_SIDE.test(host));
      return fresh.map(({ weight = 0 }) => (sum === 0 ? 0 : Math.round((100 * weight) / sum)));
    });
  return Math.max(0, ...shares);
}
