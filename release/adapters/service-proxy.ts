import type { Agent, RequestOptions } from "node:https";
import { loadKubeConfig } from "./kube-config.ts";

/** How to send requests to a Service, or to a pod, from wherever the API server can be reached. */
export interface Proxy {
  readonly baseURL: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly httpsAgent: Agent;
}

/** The API server's proxy to a port, with the credentials that `KUBECONFIG` names. */
export async function connectProxy(
  kind: "services" | "pods",
  namespace: string,
  name: string,
  port: number,
): Promise<Proxy> {
  const config = loadKubeConfig();
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const server = config.getCurrentCluster()?.server ?? "";
  const headers = Object.entries(options.headers ?? {}).map(([header, value]) => [header, String(value)] as const);
  return {
    baseURL: `${server}/api/v1/namespaces/${namespace}/${kind}/http:${name}:${port}/proxy`,
    headers: Object.fromEntries(headers),
    httpsAgent: options.agent as Agent,
  };
}
