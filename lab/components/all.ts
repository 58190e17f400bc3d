import { meshObjects, otherDefinitions } from "../cluster/objects.ts";
import type { LabContext } from "../context.ts";
import type { Extra } from "../extras.ts";
import { sandboxImage } from "../images.ts";
import { argoRollouts } from "./argo-rollouts.ts";
import type { Component, Task } from "./component.ts";
import { edgeImageTask } from "../docker/images.ts";
import { dockerProviderTask } from "../docker/provider.ts";
import { containerd } from "./containerd.ts";
import { apiServer, controllerManager, scheduler } from "./control-plane.ts";
import { dockerd } from "./dockerd.ts";
import { envoy } from "./envoy.ts";
import { etcd } from "./etcd.ts";
import { istiod } from "./istiod.ts";
import { kubelet } from "./kubelet.ts";
import { alertmanager, prometheus } from "./metrics.ts";
import { rulesSync } from "./rules-sync.ts";

const extraComponents: Record<Extra, (context: LabContext) => Component> = {
  argo: argoRollouts,
  docker: dockerd,
};

const extraTasks: Partial<Record<Extra, readonly ((context: LabContext) => Task)[]>> = {
  docker: [edgeImageTask, dockerProviderTask],
};

/** All processes of the lab, in the order in which `status` shows them. */
export function allComponents(context: LabContext, extras: readonly Extra[]): Component[] {
  const makers = [etcd, apiServer, controllerManager, scheduler, containerd, kubelet, istiod, envoy, prometheus];
  const extraMakers = extras.map((extra) => extraComponents[extra]);
  return [...makers, alertmanager, rulesSync, ...extraMakers].map((make) => make(context));
}

/** All work between them. */
export function allTasks(context: LabContext, extras: readonly Extra[]): Task[] {
  const makers = [sandboxImage, meshObjects, otherDefinitions, ...extras.flatMap((extra) => extraTasks[extra] ?? [])];
  return makers.map((make) => make(context));
}
