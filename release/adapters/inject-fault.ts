import { spawn } from "node:child_process";
import axios, { type AxiosRequestConfig } from "axios";
import type { App } from "../../config/app.ts";
import type { Fault } from "../../config/drill.ts";
import { SLOT_LABEL } from "../../config/limits.ts";
import type { Slot } from "../../config/release-state.ts";
import { listPods } from "./kubernetes-pods.ts";
import type { Cluster } from "./kubernetes.ts";
import { connectProxy } from "./service-proxy.ts";

const TIMEOUT_MS = 5_000;

/**
 * Sends a declared fault to each pod of a slot, through the API server: no pod needs to be reachable from here.
 *
 * @throws Error with what a pod answered when it refused
 */
export async function sendFault(cluster: Cluster, app: App, fault: Fault, slot: Slot): Promise<void> {
  const pods = await listPods(cluster, app, slot);
  if (pods.length === 0) throw new Error(`${app.name} has no pod in slot ${slot}`);
  await Promise.all(
    pods.map(async ({ metadata: { name } }) => {
      const { headers, ...proxy } = await connectProxy("pods", app.namespace, name, fault.port ?? app.port);
      await requestFault(fault, { ...proxy, headers: { ...headers } }, `pod ${name}`);
    }),
  );
}

/** Where a pod or container is, and the headers that the way there needs. */
interface FaultTarget extends Pick<AxiosRequestConfig, "baseURL" | "httpsAgent"> {
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Sends a declared fault to one pod or container.
 *
 * @param who it is, for the message
 * @throws Error with what it answered when it refused
 */
export async function requestFault(fault: Fault, { headers = {}, ...to }: FaultTarget, who: string): Promise<void> {
  const { data, status } = await axios.request<string>({
    ...to,
    url: fault.path,
    method: fault.method,
    headers: { ...headers, ...fault.headers },
    data: fault.body,
    timeout: TIMEOUT_MS,
    proxy: false,
    maxRedirects: 0,
    responseType: "text",
    transformResponse: [],
    validateStatus: () => true,
  });
  if (status >= 300) throw new Error(`${fault.method} ${fault.path} to ${who}: status ${status} ${data}`.trim());
}

/**
 * Runs a command by the shell, with the candidate in its environment; what it prints goes to stderr.
 *
 * @throws Error when it fails
 */
export async function runInjection(command: string, app: App, slot: Slot, version: string): Promise<void> {
  const candidate = {
    SLUICE_APP: app.name,
    SLUICE_NAMESPACE: app.namespace,
    SLUICE_SLOT: slot,
    SLUICE_VERSION: version,
    SLUICE_SELECTOR: `app.kubernetes.io/name=${app.name},${SLOT_LABEL}=${slot}`,
  };
  const child = spawn(command, { shell: true, stdio: ["ignore", 2, 2], env: { ...process.env, ...candidate } });
  const code = await new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (code !== 0) throw new Error(`"${command}" ended with exit code ${code ?? "none"}`);
}
