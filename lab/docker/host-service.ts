import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { containerAddress, dockerNames, mostReplicas } from "../../config/docker-host.ts";
import type { Docker } from "../../config/docker.ts";
import { SLOTS } from "../../config/release-state.ts";
import { isEdge, type EdgeRouter } from "../../config/router.ts";
import type { StackConfig } from "../../config/schema.ts";
import { connectDockerHost } from "../../release/adapters/docker/engine-client.ts";
import { createContainers } from "../../release/adapters/docker/containers.ts";
import { createEdgeSwitch } from "../../release/adapters/docker/edge-switch.ts";
import { readStackFile } from "../../release/adapters/stack-file.ts";
import type { TrafficSwitch } from "../../release/ports.ts";
import { isFailure } from "../demo-result.ts";
import { LabError } from "../errors.ts";
import { startLoad, type Answer, type LoadRun } from "../load.ts";
import { createLabProject, deployStack, removeStack, type LabProject } from "../project.ts";
import { startCli, type CliRun, type RunningCli } from "../service.ts";
import { labPaths, urls } from "../settings.ts";
import { waitFor } from "../wait.ts";
import { edgeImages } from "./images.ts";

const BUILD = path.resolve(import.meta.dirname, "../../build/e2e");

/** Each edge has ports and a network of its own (RFC 5737), so that both may be up. */
const PLACES: Readonly<Record<EdgeRouter["kind"], { port: number; statusPort: number; subnet: string }>> = {
  nginx: { port: 18_080, statusPort: 18_081, subnet: "203.0.113.0/26" },
  traefik: { port: 18_090, statusPort: 18_091, subnet: "203.0.113.64/26" },
};

/** A service on the lab's Docker engine: a stack, an edge, live traffic. */
export class HostService {
  readonly project: LabProject;
  readonly config: StackConfig;
  readonly traffic: TrafficSwitch;
  readonly #router: EdgeRouter;
  readonly #docker: Docker;
  #load: LoadRun | undefined;

  private constructor(project: LabProject, config: StackConfig) {
    const { app, docker, router } = config;
    if (docker === undefined || !isEdge(router)) {
      throw new LabError(`router ${router.kind} is no edge of a Docker host`);
    }
    this.project = project;
    this.config = config;
    this.#router = router;
    this.#docker = docker;
    const engine = connectDockerHost(docker);
    this.traffic = createEdgeSwitch(engine, app, router, createContainers(engine, app));
  }

  /** Deploys version 1.0.0 behind an edge, with quick steps, and has Prometheus scrape its containers. */
  static async deploy(kind: EdgeRouter["kind"], changes: Readonly<Record<string, unknown>> = {}): Promise<HostService> {
    const name = `host-${kind}`;
    await mkdir(BUILD, { recursive: true });
    const { port, statusPort, subnet } = PLACES[kind];
    const settings = {
      "sluice:router": { port, statusPort, image: edgeImages[kind], hosts: [`${name}.example.com`] },
      "sluice:docker": { subnet, health: { interval: "1s" } },
      "sluice:strategy": { weights: [5, 50, 100], replicas: 1, bake: "4s" },
      // As in a cluster: a busy machine is slow, whatever is released.
      "sluice:gate": { minStepTime: "4s", maxStepTime: "8s", latency: "off" },
      "sluice:checks": { baseUrl: `http://127.0.0.1:${port}`, requests: [{ path: "/api/quote", times: 5 }] },
      "sluice:release": { blue: { replicas: 1 } },
      ...changes,
    };
    const base = {
      "sluice:app": { name: "checkout", namespace: name },
      "sluice:router": { kind },
      "sluice:strategy": { kind: "canary" },
      "sluice:release": { live: "blue", serial: 1, blue: { version: "1.0.0" } },
    };
    const project = await createLabProject(path.join(BUILD, name), name, settings, base);
    await deployStack(project.stack);
    const service = new HostService(project, await readStackFile(project.stackFile));
    await service.#announce();
    return service;
  }

  /** Starts users' requests, and waits until Prometheus has counted some. */
  async startTraffic(rps: number, seconds = 900): Promise<void> {
    const { app } = this.config;
    this.#load = startLoad({
      url: `http://127.0.0.1:${this.#router.port}/api/quote`,
      host: this.#router.hosts[0] ?? app.name,
      rps,
      seconds,
      out: path.join(BUILD, `${this.project.stackName}.jsonl`),
    });
    const query = encodeURIComponent(`sum(http_server_requests_seconds_count{namespace="${app.namespace}"})`);
    const isCounted = async () => {
      const answer = await fetch(`${urls.prometheus}/api/v1/query?query=${query}`);
      return ((await answer.json()) as { data: { result: readonly unknown[] } }).data.result.length > 0;
    };
    if (!(await waitFor(isCounted, { timeoutMs: 30_000 }))) throw new LabError("Prometheus counts no request");
  }

  answers(sinceMs = 0): readonly Answer[] {
    return this.#load?.answers().filter(({ startMs }) => startMs >= sinceMs) ?? [];
  }

  failures(sinceMs = 0): readonly Answer[] {
    return this.answers(sinceMs).filter(isFailure);
  }

  start(command: string, ...args: string[]): RunningCli {
    return startCli(this.project, command, args);
  }

  run(command: string, ...args: string[]): Promise<CliRun> {
    return this.start(command, ...args).done;
  }

  async remove(): Promise<void> {
    await this.#load?.stop();
    await rm(this.#targets());
    await removeStack(this.project.stack);
  }

  /** The addresses of all containers that the slots may have: they are known before the containers are there. */
  async #announce(): Promise<void> {
    const { app } = this.config;
    const count = Math.min(mostReplicas(this.#docker), 4);
    const groups = SLOTS.flatMap((slot) =>
      Array.from({ length: count }, (_, index) => ({
        targets: [`${containerAddress(this.#docker, slot, index)}:${app.port}`],
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
