import { argoRolloutsVersion, prepareArgoRollouts } from "./argo-rollouts.ts";
import { prepareKubernetesProvider } from "./kubernetes-provider.ts";
import { istioModuleVersion } from "./source-files.ts";
import type { Tool } from "./tool.ts";

const kubernetes = "v1.35.4";
const kubernetesCommands = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kubectl"];

/** Programs built from Go modules, the quick ones first. */
export const builds: readonly Tool[] = [
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
    onPath: {
      checks: [
        ["prometheus", "--version"],
        ["promtool", "--version"],
      ],
      range: { atLeast: "3.5", below: "4" },
    },
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
    // A host this old is not told the options in this repository's Pulumi.yaml by a CLI this new.
    givenArguments: ["-typescript=false", "-nodeargs=--max-semi-space-size=8"],
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
  {
    // Always ours: a controller from elsewhere listens on all interfaces.
    name: "argo-rollouts",
    version: argoRolloutsVersion,
    source: {
      kind: "go-build",
      packages: { "rollouts-controller": "github.com/argoproj/argo-rollouts/cmd/rollouts-controller" },
      linkerValues: { "github.com/argoproj/argo-rollouts/utils/version.version": argoRolloutsVersion },
      prepare: prepareArgoRollouts,
    },
    files: ["bin/rollouts-controller"],
    commands: ["rollouts-controller"],
    extra: "argo",
  },
  {
    // It becomes an image: a static program, as this build makes it.
    name: "traefik",
    version: "3.6.7",
    source: {
      kind: "go-build",
      packages: { traefik: "github.com/traefik/traefik/v3/cmd/traefik" },
      linkerValues: { "github.com/traefik/traefik/v3/pkg/version.Version": "3.6.7" },
    },
    files: ["bin/traefik"],
    commands: ["traefik"],
    extra: "docker",
  },
];
