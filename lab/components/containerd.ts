import { dirname, join } from "node:path";
import type { LabContext } from "../context.ts";
import { cluster, network } from "../settings.ts";
import type { Component } from "./component.ts";

/** Not the user's: a containerd whose environment differs from shell to shell would be restarted by each `up`. */
const systemPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** containerd with directories, socket and network plugins of its own, beside any other on the machine. */
export function containerd({ paths, toolbox, ctr }: LabContext): Component {
  const configFile = join(paths.config, "containerd.toml");
  const cniConfigDirectory = join(paths.config, "cni");
  const shims = dirname(toolbox.command("containerd-shim-runc-v2"));
  return {
    program: {
      name: "containerd",
      command: [toolbox.command("containerd"), "--config", configFile],
      // containerd finds its shim, and the shim its runc, on PATH.
      env: { PATH: [shims, dirname(toolbox.command("runc")), systemPath].join(":") },
      configFiles: {
        [configFile]: renderContainerdConfig({
          root: join(paths.data, "containerd"),
          state: containerdState(paths.run),
          socket: paths.containerdSocket,
          runc: toolbox.command("runc"),
          cniPlugins: join(toolbox.directory("cni-plugins"), "bin"),
          cniConfigDirectory,
        }),
        [join(cniConfigDirectory, "10-sluice.conflist")]: renderCniConfig(join(paths.data, "cni")),
      },
    },
    after: [],
    isReady: async () => /io\.containerd\.grpc\.v1\s+cri\s.*\bok\b/.test(await ctr(["plugins", "ls"])),
    readyWithinS: 30,
  };
}

/** Where containerd keeps what does not outlive a boot: bundles, mounts, network namespaces. */
export function containerdState(runDirectory: string): string {
  return join(runDirectory, "containerd");
}

interface ContainerdSettings {
  readonly root: string;
  readonly state: string;
  readonly socket: string;
  readonly runc: string;
  readonly cniPlugins: string;
  readonly cniConfigDirectory: string;
}

function renderContainerdConfig(settings: ContainerdSettings): string {
  return `version = 2
root = "${settings.root}"
state = "${settings.state}"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp", "io.containerd.internal.v1.tracing"]

[grpc]
  address = "${settings.socket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(settings.root, "opt")}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${cluster.sandboxImage}"
  # A machine that may not lower the score of a process lets every pod hang in ContainerCreating without this.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "${settings.cniPlugins}"
  conf_dir = "${settings.cniConfigDirectory}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
  BinaryName = "${settings.runc}"
  Root = "${join(settings.state, "runc")}"
`;
}

/** No gateway, no masquerading: pods and the host see each other on the bridge, and nothing goes further. */
function renderCniConfig(leases: string): string {
  const plugin = {
    type: "bridge",
    bridge: network.bridge,
    isGateway: false,
    ipMasq: false,
    ipam: {
      type: "host-local",
      dataDir: leases,
      ranges: [[{ subnet: network.podRange, rangeStart: network.podRangeStart }]],
    },
  };
  return JSON.stringify({ cniVersion: "1.0.0", name: "sluice", plugins: [plugin] }, undefined, 2);
}
