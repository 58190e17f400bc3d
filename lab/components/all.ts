import { meshObjects, otherDefinitions } from "../cluster/objects.ts";
import type { LabContext } from "../context.ts";
import { sandboxImage } from "../images.ts";
import type { Component, Task } from "./component.ts";
import { containerd } from "./containerd.ts";
import { apiServer, controllerManager, scheduler } from "./control-plane.ts";
import { envoy } from "./envoy.ts";
import { etcd } from "./etcd.ts";
import { istiod } from "./istiod.ts";
import { kubelet } from "./kubelet.ts";
import { alertmanager, prometheus } from "./metrics.ts";
import { rulesSync } from "./rules-sync.ts";

/** All processes of the lab, in the order in which `status` shows them. */
export function allComponents(context: LabContext): Component[] {
  const makers = [etcd, apiServer, controllerManager, scheduler, containerd, kubelet, istiod, envoy, prometheus];
  return [...makers, alertmanager, rulesSync].map((make) => make(context));
}

/** All work between them. */
export function allTasks(context: LabContext): Task[] {
  return [sandboxImage(context), meshObjects(context), otherDefinitions(context)];
}
