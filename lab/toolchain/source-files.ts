import { argoRolloutsVersion } from "./argo-rollouts.ts";
import type { Tool } from "./tool.ts";

/** The commit of Istio that everything of it comes from. */
export const istioModuleVersion = "v0.0.0-20260827124520-eed52ebb66ad";

const prometheusOperatorKinds = ["prometheusrules", "servicemonitors", "podmonitors", "probes"];

/** Files taken as they are out of the source trees of Go modules. */
export const sourceFiles: readonly Tool[] = [
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
  crds(
    "argo-rollouts-crds",
    argoRolloutsVersion,
    "github.com/argoproj/argo-rollouts",
    "manifests/crds",
    "rollout-crd.yaml",
  ),
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
];

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
