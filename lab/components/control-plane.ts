import { join } from "node:path";
import type { LabContext } from "../context.ts";
import { network, ports, urls } from "../settings.ts";
import type { Component } from "./component.ts";
import { answersHttps } from "./probe.ts";

/** kube-apiserver. */
export function apiServer({ paths, toolbox, kubectl }: LabContext): Component {
  const pki = (file: string) => join(paths.pki, file);
  return {
    program: {
      name: "kube-apiserver",
      command: [
        toolbox.command("kube-apiserver"),
        `--etcd-servers=http://127.0.0.1:${ports.etcd}`,
        // Pods reach it there; without kube-proxy its Service leads nowhere.
        `--bind-address=${network.bridgeAddress}`,
        `--secure-port=${ports.apiServer}`,
        `--advertise-address=${network.bridgeAddress}`,
        "--endpoint-reconciler-type=none",
        `--tls-cert-file=${pki("apiserver.crt")}`,
        `--tls-private-key-file=${pki("apiserver.key")}`,
        `--client-ca-file=${pki("ca.crt")}`,
        `--kubelet-client-certificate=${pki("admin.crt")}`,
        `--kubelet-client-key=${pki("admin.key")}`,
        `--service-account-issuer=${urls.apiServer}`,
        `--service-account-key-file=${pki("service-accounts.pub")}`,
        `--service-account-signing-key-file=${pki("service-accounts.key")}`,
        `--service-cluster-ip-range=${network.serviceRange}`,
        // The node's name is in no DNS: `kubectl logs` and `exec` reach the kubelet by its address.
        "--kubelet-preferred-address-types=InternalIP",
        "--authorization-mode=RBAC",
        "--anonymous-auth=false",
        "--allow-privileged=true",
        "--profiling=false",
      ],
    },
    after: ["etcd"],
    isReady: async () => (await kubectl(["get", "--raw", "/readyz"])) === "ok",
    readyWithinS: 60,
  };
}

/** kube-controller-manager. */
export function controllerManager({ paths, toolbox }: LabContext): Component {
  return {
    program: {
      name: "kube-controller-manager",
      command: [
        toolbox.command("kube-controller-manager"),
        ...sharedArguments(paths.kubeconfig, ports.controllerManager),
        `--root-ca-file=${join(paths.pki, "ca.crt")}`,
        `--service-account-private-key-file=${join(paths.pki, "service-accounts.key")}`,
        "--use-service-account-credentials=false",
        // The only node is not given up for an API server that was away: all pods would lose their traffic at once.
        "--node-monitor-grace-period=10m",
      ],
    },
    after: ["kube-apiserver"],
    isReady: () => answersHttps(`https://127.0.0.1:${ports.controllerManager}/healthz`),
    readyWithinS: 30,
  };
}

/** kube-scheduler. */
export function scheduler({ paths, toolbox }: LabContext): Component {
  return {
    program: {
      name: "kube-scheduler",
      command: [toolbox.command("kube-scheduler"), ...sharedArguments(paths.kubeconfig, ports.scheduler)],
    },
    after: ["kube-apiserver"],
    isReady: () => answersHttps(`https://127.0.0.1:${ports.scheduler}/healthz`),
    readyWithinS: 30,
  };
}

function sharedArguments(kubeconfig: string, port: number): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    "--leader-elect=false",
    "--profiling=false",
  ];
}
