import { stringify } from "yaml";
import type { TraefikRouter } from "../router.ts";
import { EDGE_DIRECTORY, routingFile } from "./basis.ts";
import { ENTRY_POINTS } from "./traefik-routing.ts";

/** Ends of Traefik's latency buckets, in seconds: dense where services for people answer. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2.5, 5, 10];

/** Everything of Traefik's configuration but the routing, whose file it watches. */
export function renderTraefikStatic(router: TraefikRouter): string {
  return stringify({
    global: { checkNewVersion: false, sendAnonymousUsage: false },
    log: { level: "WARN" },
    accessLog: { format: "json" },
    api: { insecure: false, dashboard: false },
    ping: { entryPoint: ENTRY_POINTS.status },
    metrics: {
      prometheus: {
        entryPoint: ENTRY_POINTS.status,
        addEntryPointsLabels: false,
        addRoutersLabels: false,
        addServicesLabels: true,
        buckets: BUCKETS,
      },
    },
    entryPoints: {
      [ENTRY_POINTS.users]: { address: `:${router.port}` },
      [ENTRY_POINTS.status]: { address: `:${router.statusPort}` },
    },
    serversTransport: {
      maxIdleConnsPerHost: router.keepalive,
      forwardingTimeouts: { dialTimeout: "5s" },
    },
    providers: {
      // A new weight is in force as soon as it is written.
      providersThrottleDuration: "10ms",
      file: { filename: `${EDGE_DIRECTORY}/${routingFile("traefik")}`, watch: true },
    },
  });
}
