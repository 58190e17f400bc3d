import { dirname, join } from "node:path";
import { connectEngine } from "../../engine/connect.ts";
import type { LabContext } from "../context.ts";
import { nodeCgroup } from "../machine/cgroups.ts";
import { network, type LabPaths } from "../settings.ts";
import type { Component } from "./component.ts";

/** Where the engine keeps images, volumes and its list of networks. */
export function dockerData({ data }: Pick<LabPaths, "data">): string {
  return join(data, "docker");
}

/**
 * A Docker engine on the lab's containerd, beside any other on the machine: an extra. It changes neither the machine's
 * packet filter nor its forwarding; published ports are served by a process each.
 */
export function dockerd({ paths, toolbox }: LabContext): Component {
  const configFile = join(paths.config, "docker.json");
  const engine = connectEngine({ host: `unix://${paths.dockerSocket}` });
  const programs = dirname(toolbox.command("docker-proxy"));
  return {
    program: {
      name: "dockerd",
      command: [
        toolbox.command("dockerd"),
        `--config-file=${configFile}`,
        `--host=unix://${paths.dockerSocket}`,
        `--pidfile=${join(paths.run, "docker.pid")}`,
        `--data-root=${dockerData(paths)}`,
        `--exec-root=${join(paths.run, "docker")}`,
        `--containerd=${paths.containerdSocket}`,
        `--cgroup-parent=${nodeCgroup}/docker`,
        // An engine that is told to have none removes `docker0`, whosever it is.
        `--bridge=${network.dockerBridge}`,
        "--iptables=false",
        "--ip-forward=false",
        `--userland-proxy-path=${join(programs, "docker-proxy")}`,
      ],
      env: {
        PATH: [
          programs,
          dirname(toolbox.command("runc")),
          "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ].join(":"),
      },
      // Else it would read the settings of the machine's own engine.
      configFiles: { [configFile]: "{}\n" },
      stopWaitS: 20,
    },
    after: ["containerd"],
    isReady: async () => String(await engine.ping()) === "OK",
    readyWithinS: 30,
  };
}
