import type { App } from "../app.ts";
import { containerAddress } from "../docker-host.ts";
import type { ReleaseState, Slot } from "../release-state.ts";
import type { EdgeBasis } from "./basis.ts";

/** Addresses, with their port, of the containers that a slot should have. */
export function serversOf({ app, subnet }: EdgeBasis, state: ReleaseState, slot: Slot): readonly string[] {
  const replicas = state[slot]?.replicas ?? 0;
  return Array.from({ length: replicas }, (_, index) => `${containerAddress({ subnet }, slot, index)}:${app.port}`);
}

/** Name of a slot's service at the edge; Traefik counts requests under it. */
export function slotService({ name, namespace }: Pick<App, "name" | "namespace">, slot: Slot): string {
  return `${namespace}-${name}-${slot}`;
}
