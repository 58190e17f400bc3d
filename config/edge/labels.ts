import type { App } from "../app.ts";
import { SLOT_LABEL } from "../limits.ts";
import type { Slot } from "../release-state.ts";

/** On the containers of a service: whose they are. Prometheus finds them by these too. */
export const CONTAINER_LABELS = {
  app: "sluice.dev/app",
  namespace: "sluice.dev/namespace",
  slot: SLOT_LABEL,
  version: "sluice.dev/version",
} as const;

/** The labels that all containers of a slot carry. */
export function slotLabels(app: Pick<App, "name" | "namespace">, slot: Slot): Readonly<Record<string, string>> {
  return {
    [CONTAINER_LABELS.app]: app.name,
    [CONTAINER_LABELS.namespace]: app.namespace,
    [CONTAINER_LABELS.slot]: slot,
  };
}
