import { allContainersOf, containerName, podOf, POD_MAKERS } from "../reading/pods.ts";
import { at, listAt, numberAt, treeAt } from "../reading/read.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const confinePods = defineRule({
  id: "confine-pods",
  group: "Workload",
  description: "Pods run without root, without privileges and outside the node's namespaces.",
  rationale:
    "A candidate is code that nobody has run before. What it can break when it is worse than thought, or what somebody can " +
    "break through it, ends at its own pod.",
  remediation: "Set runAsNonRoot: true and allowPrivilegeEscalation: false, and remove what the message names.",
  severity: "high",
  enforcement: "mandatory",
  kinds: POD_MAKERS,
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    const pod = podOf(subject);
    if (pod === undefined) return;
    const spec = treeAt(pod, "spec");
    for (const field of ["hostNetwork", "hostPID", "hostIPC"]) {
      if (spec[field] === true) yield `${field} is true: the pod is in the node's namespace`;
    }
    for (const volume of listAt(spec, "volumes")) {
      if (at(volume, "hostPath") !== undefined) yield `volume ${String(at(volume, "name"))} is a path of the node`;
    }
    for (const container of allContainersOf(subject)) {
      const name = containerName(container);
      const own = treeAt(container, "securityContext");
      const nonRoot = own.runAsNonRoot ?? at(spec, "securityContext", "runAsNonRoot");
      const user = numberAt(own, "runAsUser") ?? numberAt(spec, "securityContext", "runAsUser");
      if (user === 0) yield `${name}: runs as root (runAsUser 0)`;
      else if (nonRoot !== true && user === undefined) yield `${name}: may run as root (no runAsNonRoot: true)`;
      if (own.privileged === true) yield `${name}: is privileged`;
      else if (own.allowPrivilegeEscalation !== false)
        yield `${name}: may gain privileges (no allowPrivilegeEscalation: false)`;
      for (const capability of listAt(own, "capabilities", "add")) {
        if (capability !== "NET_BIND_SERVICE") yield `${name}: has the capability ${String(capability)}`;
      }
    }
  },
});
