import type { App } from "../../../config/app.ts";
import { containerAddress } from "../../../config/docker-host.ts";
import type { Docker } from "../../../config/docker.ts";
import type { Slot } from "../../../config/release-state.ts";
import type { EdgeRouter } from "../../../config/router.ts";
import { createApprovals, type ApprovalBoard } from "../approvals.ts";
import { addressRoute, testersRoute } from "../check-route.ts";
import { requestFault } from "../inject-fault.ts";
import type { Place } from "../place.ts";
import { systemClock } from "../system-clock.ts";
import { createContainers } from "./containers.ts";
import { createEdgeSwitch } from "./edge-switch.ts";
import type { EngineClient } from "./engine-client.ts";
import { createShelfJournal } from "./shelf-journal.ts";
import { createShelfLease } from "./shelf-lease.ts";
import { openShelf, type Shelf } from "./shelf.ts";
import { trafficFirst } from "./traffic-first.ts";

/** A service on a Docker host. */
export function openHostPlace(engine: EngineClient, app: App, router: EdgeRouter, docker: Docker): Place {
  const pods = createContainers(engine, app);
  const { engine: writer, traffic } = trafficFirst(createEdgeSwitch(engine, app, router, pods), engine);
  const shelf = openShelf(writer, app);
  const addressOf = (slot: Slot, index: number, port: number) =>
    `http://${containerAddress(docker, slot, index)}:${port}`;
  return {
    pods,
    traffic,
    // The schema refuses changes of the database on a Docker host.
    jobs: { findFailed: () => Promise.resolve([]) },
    journal: createShelfJournal(shelf, app),
    approvals: createApprovals(openShelfBoard(shelf), app, systemClock),
    openLease: (durationMs) => createShelfLease(shelf, durationMs),
    // Through the edge, which may be far away; without its address by that of a container, from the host itself.
    routeChecks({ baseUrl }) {
      if (baseUrl === undefined) return addressRoute((slot) => addressOf(slot, 0, app.port));
      return testersRoute(baseUrl, router.hosts[0] ?? app.name);
    },
    async sendFault(fault, slot) {
      const { wanted } = await pods.inspect(slot);
      if (wanted === 0) throw new Error(`${app.name} has no container in slot ${slot}`);
      await Promise.all(
        Array.from({ length: wanted }, (_, index) => {
          const to = { baseURL: addressOf(slot, index, fault.port ?? app.port) };
          return requestFault(fault, to, `container ${slot}-${index}`);
        }),
      );
    },
  };
}

function openShelfBoard(shelf: Shelf): ApprovalBoard {
  return {
    async read() {
      const [request, answer] = await Promise.all([shelf.read("approval-request"), shelf.read("approval-answer")]);
      return { request: request?.text, answer: answer?.text };
    },
    async write(key, text) {
      const name = `approval-${key}`;
      // The last one who asks or answers counts.
      while ((await shelf.write(name, text, (await shelf.read(name))?.revision)) === undefined);
    },
  };
}
