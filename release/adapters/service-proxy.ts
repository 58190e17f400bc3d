import type { Agent, RequestOptions } from "node:https";
import { KubeConfig } from "@kubernetes/client-node";

/** How to send requests to a Service from wherever the API server can be reached. */
export interface ServiceProxy {
  readonly baseURL: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly httpsAgent: Agent;
}

/** The API server's proxy to a port of a Service, with the credentials that `KUBECONFIG` names. */
export async function connectServiceProxy(namespace: string, service: string, port: number): Promise<ServiceProxy> {
  const config = new KubeConfig();
  config.loadFromDefault();
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  const server = config.getCurrentCluster()?.server ?? "";
  const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [name, String(value)] as const);
  return {
    baseURL: `${server}/api/v1/namespaces/${namespace}/services/http:${service}:${port}/proxy`,
    headers: Object.fromEntries(headers),
    httpsAgent: options.agent as Agent,
  };
}
