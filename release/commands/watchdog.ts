import os from "node:os";
import { z } from "zod";
import type { App } from "../../config/app.ts";
import { isEdge } from "../../config/router.ts";
import { APP_LABEL, RELEASE_LABELS } from "../../config/limits.ts";
import { SHORTEST_TOKEN, TOKEN_VARIABLE } from "../../config/watchdog.ts";
import { listenForAlerts, type FiringAlert } from "../adapters/alert-receiver.ts";
import { createContainers, findApps } from "../adapters/docker/containers.ts";
import { createEdgeSwitch } from "../adapters/docker/edge-switch.ts";
import { connectDockerHost } from "../adapters/docker/engine-client.ts";
import { createShelfJournal } from "../adapters/docker/shelf-journal.ts";
import { createShelfLease } from "../adapters/docker/shelf-lease.ts";
import { openShelf } from "../adapters/docker/shelf.ts";
import { createKubernetesJournal } from "../adapters/kubernetes-journal.ts";
import { createKubernetesLease } from "../adapters/kubernetes-lease.ts";
import { createKubernetesPods } from "../adapters/kubernetes-pods.ts";
import { connectCluster, selectLabels, type Cluster } from "../adapters/kubernetes.ts";
import { partsOf } from "../adapters/switches/parts.ts";
import { createTrafficSwitch } from "../adapters/switches/traffic-switch.ts";
import { endInTime } from "../adapters/end-in-time.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { messageOf, UserError } from "../errors.ts";
import { candidateSlot } from "../plan.ts";
import { isFinished, type ReleaseRecord } from "../record.ts";
import { createJsonReporter } from "../report/json.ts";
import { stop, watch, type Watched } from "../watchdog.ts";

export interface WatchdogOptions {
  readonly namespace: readonly string[];
  /** Only these; without it, all that are found. */
  readonly app?: readonly string[];
  /** Address of the Docker host that they are on; `true` for that of the environment. */
  readonly docker?: string | true;
  readonly listen?: string;
}

/** How often new apps are looked for. */
const DISCOVER_EVERY_MS = 5_000;

/** How long the lease is that the watchdog takes in a dead program's place: longer than it tries without renewing it. */
const LEASE_MS = 90_000;

/** Where services are watched over. */
interface Beat {
  /** Those that there is something to watch of. */
  discover(namespaces: readonly string[]): Promise<readonly WatchedApp[]>;
  open(app: WatchedApp, log: (text: string) => void): Watched;
}

type WatchedApp = Pick<App, "name" | "namespace">;

/** `sluice watchdog`: runs until it is told to end. */
export async function runWatchdog({
  app: only,
  docker,
  listen,
  namespace: namespaces,
}: WatchdogOptions): Promise<void> {
  const beat = docker === undefined ? clusterBeat(connectCluster()) : hostBeat(docker === true ? undefined : docker);
  const name = `watchdog@${os.hostname()}`;
  const ending = new AbortController();
  process.on("SIGINT", () => ending.abort()).on("SIGTERM", () => ending.abort());
  const watching = new Map<string, Watched>();
  const log = (text: string) => console.log(JSON.stringify({ at: systemClock.now(), watchdog: name, text }));
  const receiver =
    listen === undefined ? undefined : await openReceiver(listen, openHeed(watching, name, log, ending.signal));
  log(`watching releases in ${namespaces.join(", ")}`);
  let problem: string | undefined;
  while (!ending.signal.aborted) {
    try {
      for (const app of await beat.discover(namespaces)) {
        const key = `${app.namespace}/${app.name}`;
        if (watching.has(key) || only?.includes(app.name) === false) continue;
        const watched = beat.open(app, (text) => log(`${key}: ${text}`));
        watching.set(key, watched);
        log(`${key}: found`);
        void watch(watched, name, ending.signal);
      }
      problem = undefined;
    } catch (error) {
      const found = messageOf(error);
      if (found !== problem) log(`cannot look for releases: ${found}`);
      problem = found;
    }
    await systemClock.sleep(DISCOVER_EVERY_MS, ending.signal);
  }
  await receiver?.close();
}

const leasesSchema = z.object({
  items: z.array(z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }) })),
});

function clusterBeat(cluster: Cluster): Beat {
  const selector = selectLabels(RELEASE_LABELS);
  return {
    // An app has a Lease from its first release on.
    async discover(namespaces) {
      const found = namespaces.map(async (namespace) => {
        const leases = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, selector };
        const { items } = await cluster.list(leases, leasesSchema);
        return items.map(({ metadata }) => ({ name: metadata.labels[APP_LABEL] ?? "", namespace }));
      });
      return (await Promise.all(found)).flat();
    },
    open: (app, log) => ({
      ...SELF,
      log,
      lease: createKubernetesLease(cluster, app, LEASE_MS),
      journal: createKubernetesJournal(cluster, app),
      trafficOf: (record) =>
        createTrafficSwitch(cluster, partsOf(record.router, record.app), createKubernetesPods(cluster, record.app)),
    }),
  };
}

const SELF = { clock: systemClock, reporter: createJsonReporter(process.stdout) };

function hostBeat(host: string | undefined): Beat {
  const engine = connectDockerHost({ host });
  return {
    discover: (namespaces) => findApps(engine, namespaces),
    open(app, log) {
      const shelf = openShelf(engine, app);
      const lease = createShelfLease(shelf, LEASE_MS);
      const journal = createShelfJournal(shelf, app);
      const trafficOf = (record: ReleaseRecord) => {
        if (!isEdge(record.router)) throw new Error(`router ${record.router.kind} is not on a Docker host`);
        return createEdgeSwitch(engine, record.app, record.router, createContainers(engine, record.app));
      };
      return { ...SELF, log, lease, journal, trafficOf };
    },
  };
}

/** How long Alertmanager waits for its answer; when the traffic is not back by then, it is told to ask again. */
const ANSWER_WITHIN_MS = 30_000;

/**
 * What heeds alerts: takes the traffic off every version under release that a critical one is about. Each app is seen to
 * once at a time, however often its alerts are sent meanwhile, and none waits for another.
 */
export function openHeed(
  watching: ReadonlyMap<string, Watched>,
  name: string,
  log: (text: string) => void,
  signal: AbortSignal,
): (alerts: readonly FiringAlert[]) => Promise<void> {
  const stopping = new Map<string, Promise<void>>();
  const stopAt = async (key: string, watched: Watched, { labels, name: alert }: FiringAlert) => {
    const latest = await watched.journal.readLatest();
    if (latest === undefined || isFinished(latest.record)) return;
    if (labels.slot !== undefined && labels.slot !== candidateSlot(latest.record.plan)) return;
    const taken = await stop(watched, name, `alert ${alert} fires`, signal);
    log(`${key}: alert ${alert}, ${taken ? "the traffic was taken back" : "no traffic to take back"}`);
  };
  return async (alerts) => {
    const all = alerts.map(async (alert) => {
      const key = `${alert.labels.namespace ?? ""}/${alert.labels.app ?? ""}`;
      const watched = watching.get(key);
      if (watched === undefined || alert.labels.severity !== "critical") return;
      // An alert that was none of this app's business is followed by those that may be.
      for (let before = stopping.get(key); before !== undefined; before = stopping.get(key)) await before;
      const done = stopAt(key, watched, alert).finally(() => stopping.delete(key));
      stopping.set(key, done);
      await done;
    });
    await endInTime("the way back", Promise.all(all), ANSWER_WITHIN_MS, messageOf);
  };
}

async function openReceiver(listen: string, take: (alerts: readonly FiringAlert[]) => Promise<void>) {
  const [, host, port] = /^(.*):(\d+)$/.exec(listen) ?? [];
  const token = process.env[TOKEN_VARIABLE] ?? "";
  const problems = [
    ...(host === undefined || port === undefined || Number(port) > 65_535
      ? [`--listen ${listen} is not <address>:<port>, for example 0.0.0.0:8090`]
      : []),
    ...(token.length < SHORTEST_TOKEN
      ? [`${TOKEN_VARIABLE} must hold the bearer token of Alertmanager, at least ${SHORTEST_TOKEN} characters`]
      : []),
  ];
  if (problems.length > 0)
    throw new UserError(["The watchdog cannot listen.", ...problems.map((p) => `  - ${p}`)].join("\n"));
  return listenForAlerts({ host: host ?? "", port: Number(port), token }, take);
}
