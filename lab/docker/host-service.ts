import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { containerAddress, dockerNames, edgeAddress, mostReplicas } from "../../config/docker-host.ts";
import type { Docker } from "../../config/docker.ts";
import { edgeRoutingOf } from "../../config/edge/basis.ts";
import { renderRouting } from "../../config/edge/routing.ts";
import { otherSlot, SLOTS, type Slot } from "../../config/release-state.ts";
import { isEdge, type EdgeRouter } from "../../config/router.ts";
import type { StackConfig } from "../../config/schema.ts";
import { activate } from "../../engine/activate.ts";
import { connectDockerHost } from "../../release/adapters/docker/engine-client.ts";
import { openHostPlace } from "../../release/adapters/docker/host-place.ts";
import type { Place } from "../../release/adapters/place.ts";
import { readStackFile } from "../../release/adapters/stack-file.ts";
import type { Routing } from "../../release/ports.ts";
import { LabError } from "../errors.ts";
import type { Faults } from "../faults.ts";
import { createLabProject, deployStack, type LabProject } from "../project.ts";
import { ReleasedService, SERVICES } from "../released-service.ts";
import { labPaths, urls } from "../settings.ts";
import { waitFor } from "../wait.ts";
import { edgeImages } from "./images.ts";

/** Each edge has ports and a network of its own, of the range for benchmarks (RFC 2544), so that both may be up. */
export const EDGE_PLACES: Readonly<Record<EdgeRouter["kind"], { port: number; statusPort: number; subnet: string }>> = {
  nginx: { port: 18_080, statusPort: 18_081, subnet: "198.19.250.0/26" },
  traefik: { port: 18_090, statusPort: 18_091, subnet: "198.19.250.64/26" },
};

/** A service on the lab's Docker engine, with an edge of its own. */
export class HostService extends ReleasedService {
  readonly docker: Docker;
  readonly router: EdgeRouter;
  readonly #place: Place;

  private constructor(project: LabProject, config: StackConfig) {
    const { app, docker, router } = config;
    if (docker === undefined || !isEdge(router)) {
      throw new LabError(`router ${router.kind} is no edge of a Docker host`);
    }
    const place = openHostPlace(connectDockerHost(docker), app, router, docker);
    super(project, config, place.traffic);
    this.docker = docker;
    this.router = router;
    this.#place = place;
  }

  /** Deploys version 1.0.0 behind an edge, with quick steps, and has Prometheus scrape its containers. */
  static async deploy(kind: EdgeRouter["kind"], changes: Readonly<Record<string, unknown>> = {}): Promise<HostService> {
    const name = `host-${kind}`;
    const { port, statusPort, subnet } = EDGE_PLACES[kind];
    const settings = {
      "sluice:strategy": { weights: [5, 50, 100], replicas: 1, bake: "4s" },
      // As in a cluster: a busy machine is slow, whatever is released.
      "sluice:gate": { minStepTime: "4s", maxStepTime: "8s", latency: "off" },
      "sluice:checks": { baseUrl: `http://127.0.0.1:${port}`, requests: [{ path: "/api/quote", times: 5 }] },
      "sluice:release": { blue: { replicas: 1 } },
      ...changes,
    };
    const base = {
      "sluice:app": { name: "checkout", namespace: name },
      "sluice:router": { kind, port, statusPort, image: edgeImages[kind], hosts: [`${name}.example.com`] },
      "sluice:docker": { subnet, health: { interval: "1s" } },
      "sluice:strategy": { kind: "canary" },
      "sluice:release": { live: "blue", serial: 1, blue: { version: "1.0.0" } },
    };
    const project = await createLabProject(path.join(SERVICES, name), name, settings, base);
    await deployStack(project.stack);
    const service = new HostService(project, await readStackFile(project.stackFile));
    await service.#announce();
    return service;
  }

  /** Where users' requests go. */
  get entrance() {
    const { hosts, port } = this.router;
    return { url: `http://127.0.0.1:${port}`, host: hosts[0] ?? this.config.app.name };
  }

  /** The same, without the engine's forwarding of ports: in the lab a process of its own. */
  get edge() {
    return { ...this.entrance, url: `http://${edgeAddress(this.docker)}:${this.router.port}` };
  }

  /** The same, past the edge: the first container of a slot. */
  directTo(slot: Slot) {
    const { app } = this.config;
    return { url: `http://${containerAddress(this.docker, slot, 0)}:${app.port}`, host: this.entrance.host };
  }

  /** Has the version in the other slot answer so many percent, without a release: only for what has no release under way. */
  async splitTraffic(weight: number): Promise<Routing> {
    const { state } = await this.traffic.read();
    const next = { ...state, candidate: otherSlot(state.live), weight, serial: state.serial + 1 };
    const engine = connectDockerHost(this.docker);
    const routing = renderRouting({ ...edgeRoutingOf(this.config), state: next });
    await activate((command) => engine.run(dockerNames.edge(this.config.app), command), routing);
    return this.traffic.read();
  }

  /** Ends that: all traffic on the live version, and the stack file as the edge is. */
  async endSplit(): Promise<void> {
    const { state } = await this.traffic.read();
    await this.traffic.switchTo(state.live, state.serial);
    const { code, stderr } = await this.run("sync");
    if (code !== 0) throw new LabError(`sluice sync: ${stderr}`);
  }

  /** Starts users' requests, and waits until Prometheus has counted some. */
  async startTraffic(rps: number, seconds = 900): Promise<void> {
    await this.sendRequests(this.entrance, rps, seconds);
    const { namespace } = this.config.app;
    const query = encodeURIComponent(`sum(http_server_requests_seconds_count{namespace="${namespace}"})`);
    const isCounted = async () => {
      const answer = await fetch(`${urls.prometheus}/api/v1/query?query=${query}`);
      return ((await answer.json()) as { data: { result: readonly unknown[] } }).data.result.length > 0;
    };
    if (!(await waitFor(isCounted, { timeoutMs: 30_000 }))) throw new LabError("Prometheus counts no request");
  }

  override async setFaults(slot: Slot, faults: Partial<Faults>): Promise<void> {
    const headers = { "content-type": "application/json" };
    const fault = { path: "/actuator/faults", method: "POST", headers, body: JSON.stringify(faults) } as const;
    await this.#place.sendFault(fault, slot);
  }

  override async remove(): Promise<void> {
    await rm(this.#targets(), { force: true });
    await super.remove();
  }

  /** The addresses of all containers that the slots may have: they are known before the containers are there. */
  async #announce(): Promise<void> {
    const { app } = this.config;
    const count = Math.min(mostReplicas(this.docker), 4);
    const groups = SLOTS.flatMap((slot) =>
      Array.from({ length: count }, (_, index) => ({
        targets: [`${containerAddress(this.docker, slot, index)}:${app.port}`],
        labels: {
          __metrics_path__: "/actuator/prometheus",
          namespace: app.namespace,
          app: app.name,
          slot,
          pod: dockerNames.container(app, slot, index),
        },
      })),
    );
    await mkdir(labPaths().targets, { recursive: true });
    await writeFile(this.#targets(), JSON.stringify(groups));
  }

  #targets(): string {
    return path.join(labPaths().targets, `${this.project.stackName}.json`);
  }
}
