import { join } from "node:path";
import { LabError, messageOf } from "./errors.ts";
import { isLabAddress } from "./load/limits.ts";
import { run } from "./run.ts";
import { labPaths } from "./settings.ts";

/** The faults of the sample service that can be switched while it runs. */
export interface Faults {
  /** Share of the requests that are answered with 500, 0 to 1. */
  readonly errorShare: number;
  /** How long a slow request waits before it is worked on. */
  readonly latencyMs: number;
  /** Share of the requests that get the latency, 0 to 1; 1 unless it is set. */
  readonly slowShare: number;
  /** The process dies at the request after this many more; 0 is never. */
  readonly crashAfter: number;
  /** Heap lost each second, MiB; 0 gives back what was lost. */
  readonly leakMibPerS: number;
}

/** All faults off. */
export const noFaults: Faults = { errorShare: 0, latencyMs: 0, slowShare: 1, crashAfter: 0, leakMibPerS: 0 };

const port = 8080;
const timeoutMs = 5_000;

/**
 * Sets the given faults of one pod and leaves the others. The address is a pod's or this machine's, with or without a
 * port. Throws a LabError, with all that the service objects to.
 */
export async function setFaults(podAddress: string, faults: Partial<Faults>): Promise<void> {
  await callFaults(podAddress, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(faults),
  });
}

/** The faults in force in one pod. Throws a LabError. */
export async function readFaults(podAddress: string): Promise<Faults> {
  return (await callFaults(podAddress, {})) as Faults;
}

/** Sets faults in every pod of a slot and returns the pods' addresses. Throws a LabError where there is no pod. */
export async function setFaultsOfSlot(
  namespace: string,
  app: string,
  slot: string,
  faults: Partial<Faults>,
): Promise<readonly string[]> {
  const addresses = await findPods(namespace, app, slot);
  if (addresses.length === 0) throw new LabError(`${app} has no running pod in slot ${slot} of namespace ${namespace}`);
  await Promise.all(addresses.map((address) => setFaults(address, faults)));
  return addresses;
}

async function findPods(namespace: string, app: string, slot: string): Promise<string[]> {
  const { bin, kubeconfig } = labPaths();
  const select = `app.kubernetes.io/name=${app},sluice.dev/slot=${slot}`;
  const print = "jsonpath={range .items[?(@.status.phase=='Running')]}{.status.podIP}{'\\n'}{end}";
  const get = ["get", "pods", "--namespace", namespace, "--selector", select, "--output", print];
  const output = await run(join(bin, "kubectl"), ["--kubeconfig", kubeconfig, "--request-timeout=10s", ...get]);
  return output.split("\n").filter((line) => line !== "");
}

async function callFaults(podAddress: string, request: RequestInit): Promise<unknown> {
  const url = URL.parse(`http://${podAddress.includes(":") ? podAddress : `${podAddress}:${port}`}/actuator/faults`);
  if (url === null || !isLabAddress(url.hostname)) {
    throw new LabError(`"${podAddress}" is not the address of a pod of the lab (198.18.0.0/15) or of this machine`);
  }
  const response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs), redirect: "error" }).catch(
    (error: unknown) => {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      throw new LabError(`${url.host} did not answer: ${messageOf(cause)}`);
    },
  );
  if (!response.ok) throw new LabError(`${url.host} refused: ${await response.text()}`);
  return response.json();
}
