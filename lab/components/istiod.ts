import { join } from "node:path";
import type { LabContext } from "../context.ts";
import { cluster, ports } from "../settings.ts";
import type { Component } from "./component.ts";
import { answersHttp } from "./probe.ts";

/** Istio's control plane, out of the cluster; it feeds the one Envoy that stands at the cluster's entrance. */
export function istiod({ paths, toolbox }: LabContext): Component {
  const meshFile = join(paths.config, "mesh.json");
  const mesh = {
    // With mutual TLS Envoy would wait for certificates for ever and open no listener.
    enableAutoMtls: false,
    rootNamespace: cluster.meshNamespace,
    accessLogFile: "",
    trustDomain: "cluster.local",
    defaultConfig: { discoveryAddress: `127.0.0.1:${ports.istiodGrpc}` },
  };
  return {
    program: {
      name: "istiod",
      command: [
        toolbox.command("pilot-discovery"),
        "discovery",
        `--kubeconfig=${paths.kubeconfig}`,
        `--meshConfig=${meshFile}`,
        "--networksConfig=/dev/null",
        `--grpcAddr=127.0.0.1:${ports.istiodGrpc}`,
        `--httpAddr=127.0.0.1:${ports.istiodHttp}`,
        `--monitoringAddr=127.0.0.1:${ports.istiodMonitoring}`,
        "--secureGRPCAddr=",
        "--httpsAddr=",
        "--ctrlz_port=0",
        "--domain=cluster.local",
        "--clusterID=Kubernetes",
        "--registries=Kubernetes",
        "--shutdownDuration=1s",
      ],
      env: {
        // Envoy as it is released lacks Istio's own filters.
        PILOT_ENABLE_METADATA_EXCHANGE: "false",
        PILOT_ENABLE_ALPN_FILTER: "false",
        ENABLE_CA_SERVER: "false",
        PILOT_CERT_PROVIDER: "none",
        VALIDATION_WEBHOOK_CONFIG_NAME: "",
        INJECTION_WEBHOOK_CONFIG_NAME: "",
        POD_NAMESPACE: cluster.meshNamespace,
        PILOT_DEBOUNCE_AFTER: "100ms",
        PILOT_ENABLE_GATEWAY_API: "true",
        PILOT_ENABLE_GATEWAY_API_DEPLOYMENT_CONTROLLER: "false",
      },
      configFiles: { [meshFile]: JSON.stringify(mesh, undefined, 2) },
    },
    after: ["mesh objects"],
    isReady: () => answersHttp(`http://127.0.0.1:${ports.istiodHttp}/ready`),
    readyWithinS: 60,
  };
}
