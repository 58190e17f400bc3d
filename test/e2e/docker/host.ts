import axios from "axios";
import type Dockerode from "dockerode";
import { containerAddress, dockerNames, edgeAddress } from "../../../config/docker-host.ts";
import { EDGE_DIRECTORY, edgeRoutingOf, routingFile } from "../../../config/edge/basis.ts";
import { renderEdge } from "../../../config/edge/edge.ts";
import { slotLabels } from "../../../config/edge/labels.ts";
import { renderRouting } from "../../../config/edge/routing.ts";
import { SLOTS, type ReleaseState, type Slot } from "../../../config/release-state.ts";
import { isEdge } from "../../../config/router.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { activate } from "../../../engine/activate.ts";
import { connectEngine } from "../../../engine/connect.ts";
import { putBeside } from "../../../engine/beside.ts";
import { connectDockerHost } from "../../../release/adapters/docker/engine-client.ts";
import { openHostPlace } from "../../../release/adapters/docker/host-place.ts";
import { edgeImages } from "../../../lab/docker/images.ts";
import type { Place } from "../../../release/adapters/place.ts";

/** An image of nginx with a shell; it stands for the service too. */
const IMAGE = edgeImages.nginx;
export const SUBNET = "10.214.1.0/24";

/** The edge and four containers of a service, on the lab's engine. */
export class Host {
  readonly engine = connectEngine({});
  readonly stack: StackConfig;
  readonly place: Place;

  constructor(stack: StackConfig) {
    const { app, docker, router } = stack;
    if (!isEdge(router) || docker === undefined) throw new Error("not on a Docker host");
    this.stack = stack;
    this.place = openHostPlace(connectDockerHost({}), app, router, docker);
  }

  async up(): Promise<void> {
    const { app, docker, router } = this.stack;
    if (!isEdge(router) || docker === undefined) return;
    await this.engine.createNetwork({
      Name: dockerNames.network(app),
      IPAM: { Config: [{ Subnet: SUBNET }] },
    });
    for (const slot of SLOTS) for (const index of [0, 1]) await this.#serve(slot, index);
    const { command, file } = renderEdge(this.stack);
    const routing = { [routingFile(router.kind)]: renderRouting(edgeRoutingOf(this.stack)) };
    const place = { volume: dockerNames.edgeVolume(app), image: IMAGE, directory: EDGE_DIRECTORY };
    await putBeside(this.engine, place, { [file.name]: file.text, ...routing }, "true");
    const edge = await this.#create(dockerNames.edge(app), edgeAddress(docker), {
      Entrypoint: [...command],
      User: "101:101",
      HostConfig: {
        Binds: [`${dockerNames.edgeVolume(app)}:${EDGE_DIRECTORY}`],
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,mode=1777" },
        SecurityOpt: ["no-new-privileges:true"],
      },
    });
    await edge.start();
    for (let i = 0; i < 100; i += 1) {
      const up = await this.place.traffic.read().catch(() => undefined);
      if (up !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await edge.logs({ stdout: true, stderr: true });
    throw new Error(`the edge does not start: ${log.toString()}`);
  }

  async down(): Promise<void> {
    const { app } = this.stack;
    const names = SLOTS.flatMap((slot) => [0, 1].map((index) => dockerNames.container(app, slot, index)));
    for (const name of [dockerNames.edge(app), ...names]) {
      await this.engine
        .getContainer(name)
        .remove({ force: true, v: true })
        .catch(() => undefined);
    }
    await this.engine
      .getVolume(dockerNames.edgeVolume(app))
      .remove()
      .catch(() => undefined);
    await this.engine
      .getNetwork(dockerNames.network(app))
      .remove()
      .catch(() => undefined);
  }

  /** A container that answers with the name of its slot. */
  async #serve(slot: Slot, index: number): Promise<void> {
    const { app, docker } = this.stack;
    if (docker === undefined) return;
    const conf =
      "events {} pid /tmp/nginx.pid; error_log /dev/stderr; http { access_log off; client_body_temp_path /tmp/a; " +
      "proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e; " +
      `server { listen ${app.port}; location / { return 200 "${slot}"; } } }`;
    const container = await this.#create(
      dockerNames.container(app, slot, index),
      containerAddress(docker, slot, index),
      {
        Entrypoint: ["sh", "-c", `echo '${conf}' > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf -g 'daemon off;'`],
        Labels: slotLabels(app, slot),
        HostConfig: { Tmpfs: { "/tmp": "rw,mode=1777" } },
      },
    );
    await container.start();
  }

  #create(name: string, address: string, options: Dockerode.ContainerCreateOptions): Promise<Dockerode.Container> {
    const network = dockerNames.network(this.stack.app);
    return this.engine.createContainer({
      name,
      Image: IMAGE,
      ...options,
      HostConfig: { ...options.HostConfig, NetworkMode: network },
      NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
    });
  }

  /** How many of some requests, sent by the edge, each slot answered. */
  async ask(times: number): Promise<Readonly<Record<Slot, number>>> {
    const { app, docker, router } = this.stack;
    if (!isEdge(router) || docker === undefined) throw new Error("not on a Docker host");
    const url = `http://${edgeAddress(docker)}:${router.port}/`;
    const counts = { blue: 0, green: 0 };
    for (let i = 0; i < times; i += 1) {
      const answer = await axios.get<Slot>(url, { headers: { host: router.hosts[0] ?? app.name }, proxy: false });
      counts[answer.data] += 1;
    }
    return counts;
  }

  /** Puts a routing in force, as an update of the stack does. */
  async put(state: ReleaseState): Promise<void> {
    const routing = edgeRoutingOf({ ...this.stack, release: state });
    const client = connectDockerHost({});
    await activate((command) => client.run(dockerNames.edge(this.stack.app), command), renderRouting(routing));
  }
}
