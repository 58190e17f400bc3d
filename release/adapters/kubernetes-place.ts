import type { App } from "../../config/app.ts";
import { serviceNames } from "../../config/names.ts";
import { MARKING_ROUTERS } from "../../config/router-abilities.ts";
import type { Router } from "../../config/router.ts";
import { createApprovals, openClusterBoard } from "./approvals.ts";
import { proxyRoute, testersRoute } from "./check-route.ts";
import { sendFault } from "./inject-fault.ts";
import { createKubernetesJobs } from "./kubernetes-jobs.ts";
import { createKubernetesJournal } from "./kubernetes-journal.ts";
import { createKubernetesLease } from "./kubernetes-lease.ts";
import { createKubernetesPods } from "./kubernetes-pods.ts";
import type { Cluster } from "./kubernetes.ts";
import type { Place } from "./place.ts";
import { connectProxy } from "./service-proxy.ts";
import { partsOf } from "./switches/parts.ts";
import { createTrafficSwitch } from "./switches/traffic-switch.ts";
import { systemClock } from "./system-clock.ts";

/** A service in a cluster. */
export function openClusterPlace(cluster: Cluster, app: App, router: Router): Place {
  const pods = createKubernetesPods(cluster, app);
  return {
    pods,
    traffic: createTrafficSwitch(cluster, partsOf(router, app), pods),
    jobs: createKubernetesJobs(cluster, app),
    journal: createKubernetesJournal(cluster, app),
    approvals: createApprovals(openClusterBoard(cluster, app), app, systemClock),
    openLease: (durationMs) => createKubernetesLease(cluster, app, durationMs),
    // Through the edge where one can tell there who has answered; else straight to the candidate's pods.
    routeChecks({ baseUrl }) {
      if (baseUrl !== undefined && MARKING_ROUTERS.includes(router.kind)) {
        const hosts = "hosts" in router ? router.hosts : [];
        return testersRoute(baseUrl, hosts[0] ?? app.name);
      }
      return proxyRoute(() => connectProxy("services", app.namespace, serviceNames.preview(app), app.port));
    },
    sendFault: (fault, slot) => sendFault(cluster, app, fault, slot),
  };
}
