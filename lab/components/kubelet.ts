import { join } from "node:path";
import type { LabContext } from "../context.ts";
import { nodeCgroup } from "../machine/cgroups.ts";
import { cluster, network, ports } from "../settings.ts";
import type { Component } from "./component.ts";
import { answersHttp } from "./probe.ts";

/** The cluster's only node. */
export function kubelet({ paths, toolbox, kubectl }: LabContext): Component {
  const configFile = join(paths.config, "kubelet.json");
  const root = join(paths.data, "kubelet");
  const configuration = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    containerRuntimeEndpoint: `unix://${paths.containerdSocket}`,
    address: network.bridgeAddress,
    port: ports.kubelet,
    readOnlyPort: 0,
    healthzBindAddress: "127.0.0.1",
    healthzPort: ports.kubeletHealth,
    authentication: { anonymous: { enabled: false }, x509: { clientCAFile: join(paths.pki, "ca.crt") } },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: nodeCgroup,
    failCgroupV1: false,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    resolvConf: "",
    clusterDomain: "cluster.local",
    podLogsDir: join(paths.logs, "pods"),
    volumePluginDir: join(root, "volume-plugins"),
    maxPods: 60,
    // Images come from the lab alone and nobody could fetch them again.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: {
      "memory.available": "50Mi",
      "nodefs.available": "1%",
      "nodefs.inodesFree": "1%",
      "imagefs.available": "1%",
      "imagefs.inodesFree": "1%",
    },
  };
  return {
    program: {
      name: "kubelet",
      command: [
        toolbox.command("kubelet"),
        `--config=${configFile}`,
        `--kubeconfig=${paths.kubeconfig}`,
        `--hostname-override=${cluster.node}`,
        `--node-ip=${network.bridgeAddress}`,
        `--root-dir=${root}`,
        `--cert-dir=${join(root, "pki")}`,
      ],
      configFiles: { [configFile]: JSON.stringify(configuration, undefined, 2) },
    },
    after: ["kube-apiserver", "sandbox image"],
    isReady: async () => {
      if (!(await answersHttp(`http://127.0.0.1:${ports.kubeletHealth}/healthz`))) return false;
      const path = '{.status.conditions[?(@.type=="Ready")].status}';
      return (await kubectl(["get", "node", cluster.node, "-o", `jsonpath=${path}`])) === "True";
    },
    readyWithinS: 60,
  };
}
