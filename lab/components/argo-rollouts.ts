import { extraPorts } from "../settings.ts";
import type { LabContext } from "../context.ts";
import type { Component } from "./component.ts";
import { answersHttp } from "./probe.ts";

/** Argo Rollouts' controller, out of the cluster: an extra, only where a service is released by Argo. */
export function argoRollouts({ paths, toolbox }: LabContext): Component {
  const { argoHealth, argoMetrics } = extraPorts.argo;
  return {
    program: {
      name: "argo-rollouts",
      command: [
        toolbox.command("rollouts-controller"),
        `--kubeconfig=${paths.kubeconfig}`,
        "--leader-elect=false",
        `--healthzPort=${argoHealth}`,
        `--metricsPort=${argoMetrics}`,
        "--loglevel=info",
      ],
    },
    after: ["mesh objects", "other definitions"],
    isReady: () => answersHttp(`http://127.0.0.1:${argoHealth}/healthz`),
    readyWithinS: 60,
  };
}
