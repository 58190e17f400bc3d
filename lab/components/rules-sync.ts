import { fileURLToPath } from "node:url";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { LabContext } from "../context.ts";
import type { Component } from "./component.ts";

/** The process that turns the cluster's PrometheusRule objects into rules of the lab's Prometheus. */
export function rulesSync({ paths, toolbox }: LabContext): Component {
  const entry = fileURLToPath(new URL("../rules/cli.ts", import.meta.url));
  const heartbeat = join(paths.run, "rules-sync.alive");
  const heartbeatLimitMs = 15_000;
  return {
    program: {
      name: "rules-sync",
      command: [process.execPath, entry, toolbox.command("promtool"), heartbeat],
      env: { KUBECONFIG: paths.kubeconfig, SLUICE_CACHE: paths.cache },
    },
    after: ["other definitions", "prometheus"],
    isReady: async () => Date.now() - (await stat(heartbeat)).mtimeMs < heartbeatLimitMs,
    readyWithinS: 30,
  };
}
