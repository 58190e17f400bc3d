import { homedir } from "node:os";
import { join } from "node:path";
import type { Extra } from "./extras.ts";

/** Addresses of the lab. Pods and services live in 198.18.0.0/15, the range reserved for benchmarks (RFC 2544). */
export const network = {
  bridge: "sluice0",
  bridgeAddress: "198.18.0.1",
  podRange: "198.18.0.0/16",
  podRangeStart: "198.18.1.1",
  serviceRange: "198.19.0.0/16",
  loopback: "127.0.0.1",
  /** Of the Docker engine, for containers without a network of their own; from a range for documentation (RFC 5737). */
  dockerBridge: "sluice-docker",
  dockerBridgeAddress: "198.51.100.1/28",
} as const;

/** Ports of the lab, all on loopback except those of the API server and the kubelet, on the bridge. */
export const ports = {
  etcd: 2379,
  etcdPeer: 2380,
  apiServer: 6443,
  ingress: 8080,
  prometheus: 9090,
  alertmanager: 9093,
  kubeletHealth: 10248,
  kubelet: 10250,
  controllerManager: 10257,
  scheduler: 10259,
  envoyAdmin: 15000,
  istiodGrpc: 15010,
  istiodMonitoring: 15014,
  istiodHttp: 15018,
} as const;

/** Ports of the extras, which are needed only where these run. */
export const extraPorts = {
  argo: { argoMetrics: 8090, argoHealth: 8091 },
  docker: {},
} as const satisfies Record<Extra, Record<string, number>>;

/** Where the lab answers. */
export const urls = {
  apiServer: `https://${network.bridgeAddress}:${ports.apiServer}`,
  ingress: `http://127.0.0.1:${ports.ingress}`,
  prometheus: `http://127.0.0.1:${ports.prometheus}`,
  alertmanager: `http://127.0.0.1:${ports.alertmanager}`,
  envoyAdmin: `http://127.0.0.1:${ports.envoyAdmin}`,
} as const;

/** Names inside the cluster that more than one file of the lab refers to. */
export const cluster = {
  node: "sluice-lab",
  sandboxImage: "sluice.dev/lab/sandbox:1",
  gatewayNamespace: "istio-ingress",
  gateway: "public",
  meshNamespace: "istio-system",
} as const;

/** The environment variable that every process of the lab carries; its value is the lab's state directory. */
export const labMarker = "SLUICE_LAB";

/** Directories and files of the lab, all under the cache directory. */
export interface LabPaths {
  /** Holds the tools, `<tool>/<version>`, the build logs and the lab's state. */
  readonly cache: string;
  readonly buildLogs: string;
  /** PID file of the `up` or `down` that is at work. */
  readonly lock: string;
  /** Everything of the running lab. */
  readonly state: string;
  /** One symbolic link per tool that users and programs call. */
  readonly bin: string;
  readonly config: string;
  readonly logs: string;
  /** Sockets and PID files. */
  readonly run: string;
  readonly pki: string;
  /** What dies with the cluster: etcd, containerd, kubelet, Prometheus. */
  readonly data: string;
  readonly pulumiBackend: string;
  readonly pulumiHome: string;
  /** What Node has compiled of the programs that use the lab. */
  readonly compileCache: string;
  readonly kubeconfig: string;
  readonly containerdSocket: string;
  /** Files that name what Prometheus scrapes beside the pods. */
  readonly targets: string;
  /** Where the Docker engine listens, which is an extra. */
  readonly dockerSocket: string;
  /** Rule files made of the cluster's PrometheusRule objects. */
  readonly rules: string;
}

/** The lab's paths; `SLUICE_CACHE` moves all of them (default `~/.cache/sluice`). */
export function labPaths(env: NodeJS.ProcessEnv = process.env): LabPaths {
  const cache = env.SLUICE_CACHE ?? join(env.HOME ?? homedir(), ".cache", "sluice");
  const state = join(cache, "lab");
  return {
    cache,
    buildLogs: join(cache, "logs"),
    lock: join(cache, "lab.lock"),
    state,
    bin: join(state, "bin"),
    config: join(state, "config"),
    logs: join(state, "logs"),
    run: join(state, "run"),
    pki: join(state, "pki"),
    data: join(state, "data"),
    pulumiBackend: join(state, "pulumi"),
    pulumiHome: join(state, "pulumi-home"),
    compileCache: join(cache, "node-compile"),
    kubeconfig: join(state, "kubeconfig"),
    containerdSocket: join(state, "run", "containerd.sock"),
    targets: join(state, "run", "targets"),
    dockerSocket: join(state, "run", "docker.sock"),
    rules: join(state, "rules"),
  };
}
