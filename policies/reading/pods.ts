import type { Resource } from "../resource.ts";
import { at, isTree, listAt, numberAt, textAt, textsAt, treeAt, type Tree } from "./read.ts";

/** Kinds whose pods serve for as long as they live. */
export const SERVING = ["Deployment", "StatefulSet", "Rollout"] as const;

/** Kinds that make pods. */
export const POD_MAKERS = [...SERVING, "DaemonSet", "Job", "CronJob", "Pod"] as const;

/** The pods that an object makes: their `metadata` and `spec`; nothing for a Rollout that refers to a Deployment. */
export function podOf({ body, kind }: Resource): Tree | undefined {
  const path = kind === "Pod" ? [] : kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : TEMPLATE;
  const pod = at(body, ...path);
  return isTree(pod) && isTree(pod.spec) ? pod : undefined;
}

const TEMPLATE = ["spec", "template"];

export function podLabels(resource: Resource): Readonly<Record<string, string>> {
  return textsAt(podOf(resource), "metadata", "labels");
}

/** Containers that run for as long as the pod serves. */
export function containersOf(resource: Resource): readonly Tree[] {
  return listAt(podOf(resource), "spec", "containers").filter(isTree);
}

/** All containers, those that run before the others too. */
export function allContainersOf(resource: Resource): readonly Tree[] {
  return [...listAt(podOf(resource), "spec", "initContainers").filter(isTree), ...containersOf(resource)];
}

export function containerName(container: Tree): string {
  return `container ${textAt(container, "name") ?? "without a name"}`;
}

/** As many pods as are asked for; `undefined` where nobody says, which Kubernetes takes for 1. */
export function replicasOf({ body }: Resource): number | undefined {
  return numberAt(body, "spec", "replicas");
}

/** A slot or workload that is scaled to nothing serves nobody. */
export function isEmpty(resource: Resource): boolean {
  return replicasOf(resource) === 0;
}

/** The value of an environment variable that is written in the open. */
export function variableOf(container: Tree, name: string): string | undefined {
  const found = listAt(container, "env").find((variable) => textAt(variable, "name") === name);
  return textAt(found, "value");
}

/** Seconds that a pod has from being told to end until it is killed. */
export function graceOf(resource: Resource): number {
  return numberAt(podOf(resource), "spec", "terminationGracePeriodSeconds") ?? KUBERNETES_GRACE_S;
}

const KUBERNETES_GRACE_S = 30;

/** Seconds for which a container goes on before it is told to end; `undefined` where a command does not tell how long. */
export function preStopOf(container: Tree): number | undefined {
  const preStop = treeAt(container, "lifecycle", "preStop");
  const slept = numberAt(preStop, "sleep", "seconds");
  if (slept !== undefined) return slept;
  const command = listAt(preStop, "exec", "command").join(" ");
  if (command === "") return isTree(at(container, "lifecycle", "preStop", "httpGet")) ? undefined : 0;
  const seconds = /\bsleep\s+(\d+(?:\.\d+)?)(s|m)?\b/.exec(command);
  return seconds === null ? undefined : Number(seconds[1]) * (seconds[2] === "m" ? 60 : 1);
}
