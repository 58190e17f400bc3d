import { SLOT_LABEL } from "../../config/limits.ts";
import type { Slot } from "../../config/release-state.ts";
import type { App } from "../../config/app.ts";

type Labels = Readonly<Record<string, string>>;

/** Selects every pod of the service. */
export function selectApp(app: App): Labels {
  return { "app.kubernetes.io/name": app.name };
}

/** All labels of a pod that belongs to no slot. */
export function labelVersion(app: App, version: string): Labels {
  return { ...selectApp(app), "app.kubernetes.io/version": version };
}

/** Selects the pods of one slot. Holds no version: a selector cannot be changed later. */
export function selectSlot(app: App, slot: Slot): Labels {
  return { ...selectApp(app), [SLOT_LABEL]: slot };
}

/** All labels of a pod. */
export function labelPod(app: App, slot: Slot, version: string): Labels {
  return { ...selectSlot(app, slot), "app.kubernetes.io/version": version };
}
