import { request } from "node:http";
import * as k8s from "@pulumi/kubernetes";
import { declareService } from "../../../components/declare-service.ts";
import { quickDeletes } from "../../../components/quick-deletes.ts";
import { CLUSTER_REQUESTS } from "../../../config/limits.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import type { ReleaseState } from "../../../config/release-state.ts";
import { ports } from "../../../lab/settings.ts";
import { waitFor } from "../../../lab/wait.ts";
import { WEB_IMAGE } from "../web-image.ts";

/** Where the Gateway of the Gateway API listens; Istio's own takes the lab's ingress port. */
export const GATEWAY_PORT = 8092;

/** The routers that the lab has a data plane for, each with all that it can tell requests apart by. */
const SERVICES = {
  istio: {
    router: { kind: "istio", hosts: ["istio.example.com"], gateways: ["istio-ingress/public"] },
    strategy: { kind: "canary", replicas: 1 },
    audience: {
      segments: [
        { name: "enterprise", goesTo: "stable", when: [{ header: { name: "x-plan", exact: "enterprise" } }] },
        { name: "internal", goesTo: "candidate", when: [{ userAgent: "Shop/.*internal.*" }] },
        {
          name: "beta",
          goesTo: "candidate",
          when: [{ cookie: { name: "beta", exact: "yes" } }, { header: { name: "x-beta", regex: "y.*" } }],
        },
      ],
    },
  },
  gateway: {
    router: { kind: "gateway", hosts: ["gateway.example.com"], gateways: ["istio-system/shop"] },
    strategy: { kind: "canary", replicas: 1 },
    audience: {
      sticky: { header: "x-user-bucket" },
      segments: [
        { name: "enterprise", goesTo: "stable", when: [{ header: { name: "x-plan", exact: "enterprise" } }] },
        { name: "beta", goesTo: "candidate", when: [{ cookie: { name: "beta", exact: "yes" } }] },
      ],
    },
  },
  random: {
    router: { kind: "gateway", hosts: ["random.example.com"], gateways: ["istio-system/shop"] },
    strategy: { kind: "canary", replicas: 1 },
  },
  experiment: {
    router: { kind: "istio", hosts: ["experiment.example.com"], gateways: ["istio-ingress/public"] },
    strategy: { kind: "experiment", percent: 30, replicas: 1 },
  },
  selector: {
    router: { kind: "selector" },
    strategy: { kind: "blueGreen", replicas: 1 },
  },
} as const;

export type ServiceName = keyof typeof SERVICES;

/** All of them with a candidate, at these weights. */
export function programAt(weights: Readonly<Record<ServiceName, number>>, serial: number): () => Promise<void> {
  return () => {
    const provider = new k8s.Provider("cluster", {
      enableServerSideApply: true,
      kubeClientSettings: CLUSTER_REQUESTS,
    });
    for (const [name, service] of Object.entries(SERVICES)) {
      const namespace = new k8s.core.v1.Namespace(name, { metadata: { name: `router-${name}` } }, { provider });
      const release = stateAt(weights[name as ServiceName], serial);
      const config = parseStackConfig(
        { ...COMMON, ...service, app: { name, namespace: `router-${name}` }, release },
        name,
      );
      declareService(config, { provider, dependsOn: namespace, transformations: [quickDeletes] });
    }
    return Promise.resolve();
  };
}

function stateAt(weight: number, serial: number): ReleaseState {
  const slot = (version: string) => ({ version, image: `${WEB_IMAGE}:${version}`, replicas: 1 });
  return { live: "blue", candidate: "green", weight, serial, blue: slot("1.0.0"), green: slot("1.1.0") };
}

const COMMON = {
  workload: {
    resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { cpu: "1", memory: "1Gi" } },
    drain: { preStop: "1s", shutdown: "1s", grace: "2s" },
  },
  checks: { baseUrl: "http://127.0.0.1", requests: [{ path: "/" }] },
  metrics: { prometheus: "http://127.0.0.1:9090" },
};

/** What these routers need of the cluster: the Gateway API's Gateway on the lab's Envoy, a route to the plain Service. */
export const CLUSTER_OBJECTS = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "ingress", namespace: "istio-system" },
    spec: { selector: { istio: "ingress" }, ports: [{ name: "http", port: GATEWAY_PORT }] },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GatewayClass",
    metadata: { name: "istio" },
    spec: { controllerName: "istio.io/gateway-controller" },
  },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: { name: "shop", namespace: "istio-system" },
    spec: {
      gatewayClassName: "istio",
      addresses: [{ type: "Hostname", value: "ingress.istio-system.svc.cluster.local" }],
      listeners: [
        { name: "http", port: GATEWAY_PORT, protocol: "HTTP", allowedRoutes: { namespaces: { from: "All" } } },
      ],
    },
  },
  {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "plain-service", namespace: "istio-system" },
    spec: {
      hosts: ["selector.example.com"],
      gateways: ["istio-ingress/public"],
      http: [
        { route: [{ destination: { host: "selector.router-selector.svc.cluster.local", port: { number: 8080 } } }] },
      ],
    },
  },
] as const;

/** Asks a service once; the version that answered, or the status where it is no 200. */
export async function ask(name: ServiceName, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  const port = name === "gateway" || name === "random" ? GATEWAY_PORT : ports.ingress;
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/", headers: { host: `${name}.example.com`, ...headers } };
    request(options, (response) => {
      let body = "";
      response.on("data", (chunk: Buffer) => (body += chunk.toString()));
      response.on("end", () => {
        resolve(response.statusCode === 200 ? body.trim() : `status ${response.statusCode ?? 0}`);
      });
    })
      .on("error", reject)
      .end();
  });
}

/** How often each version answered. */
export async function askMany(
  name: ServiceName,
  times: number,
  headers: (i: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let i = 0; i < times; i += 1) {
    const version = await ask(name, headers(i));
    counts[version] = (counts[version] ?? 0) + 1;
  }
  return counts;
}

/** Routes reach Envoy a moment after they were written. */
export async function untilAnswers(name: ServiceName, version: string, headers = {}): Promise<void> {
  const comes = await waitFor(async () => (await ask(name, headers)) === version, { timeoutMs: 15_000 });
  if (!comes) throw new Error(`${name}: ${version} does not answer, but ${await ask(name, headers)}`);
}
