import { setTimeout as sleep } from "node:timers/promises";
import type { Container, ContainerCreateOptions } from "dockerode";
import { z } from "zod";
import type { Engine } from "../../../engine/connect.ts";
import type { ResourceKind } from "../serve.ts";
import { isThere, labelsSchema, removeIfThere } from "./surroundings.ts";

const MEBIBYTE = 2 ** 20;
const LOOK_EVERY_MS = 200;

/** Nanoseconds, of a duration as Go writes it. */
const duration = z.string().transform((text) =>
  [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce((sum, [, number = "0", unit = "s"]) => {
    return sum + Number(number) * { ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 }[unit as "ms" | "s" | "m" | "h"];
  }, 0),
);

const inputsSchema = z.strictObject({
  name: z.string(),
  image: z.string(),
  user: z.string().optional(),
  envs: z.array(z.string()).default([]),
  entrypoints: z.array(z.string()).optional(),
  command: z.array(z.string()).optional(),
  labels: labelsSchema,
  memory: z.number().default(0),
  memorySwap: z.number().default(0),
  memoryReservation: z.number().default(0),
  cpus: z.coerce.number().default(0),
  cpuShares: z.number().default(0),
  readOnly: z.boolean().default(false),
  tmpfs: z.record(z.string(), z.string()).default({}),
  capabilities: z.object({ drops: z.array(z.string()) }).prefault({ drops: [] }),
  securityOpts: z.array(z.string()).default([]),
  restart: z.string().default("no"),
  logDriver: z.string().default(""),
  logOpts: z.record(z.string(), z.string()).default({}),
  ports: z
    .array(z.object({ internal: z.number(), external: z.number(), ip: z.string(), protocol: z.string() }))
    .default([]),
  volumes: z
    .array(z.object({ volumeName: z.string(), containerPath: z.string(), readOnly: z.boolean().default(false) }))
    .default([]),
  networksAdvanced: z
    .array(z.object({ name: z.string(), ipv4Address: z.string().optional(), aliases: z.array(z.string()).default([]) }))
    .default([]),
  healthcheck: z
    .object({
      tests: z.array(z.string()),
      interval: duration,
      timeout: duration,
      retries: z.number(),
      startPeriod: duration,
    })
    .optional(),
  stopSignal: z.string().optional(),
  stopTimeout: z.number().optional(),
  destroyGraceSeconds: z.number().default(10),
  wait: z.boolean().default(false),
  waitTimeout: z.number().default(60),
});

type ContainerInputs = z.infer<typeof inputsSchema>;

/** A container that runs; with `wait`, one that is healthy. What never becomes so is taken away again. */
export const container: ResourceKind<Engine> = {
  inputs: Object.keys(inputsSchema.shape),
  aside: ["destroyGraceSeconds", "wait", "waitTimeout"],
  async create(engine, properties) {
    const inputs = inputsSchema.parse(properties);
    const made = await engine.createContainer(optionsOf(inputs));
    try {
      await made.start();
      if (inputs.wait) await waitUntilHealthy(made, inputs);
    } catch (error) {
      await made.remove({ force: true, v: true });
      throw error;
    }
    return { id: made.id, outs: {} };
  },
  exists: (engine, id) => isThere(() => engine.getContainer(id).inspect()),
  async remove(engine, id, properties) {
    const { destroyGraceSeconds } = z.looseObject({ destroyGraceSeconds: z.number().default(10) }).parse(properties);
    const found = engine.getContainer(id);
    // One that does not run is no reason to stop here.
    await found.stop({ t: destroyGraceSeconds }).catch(() => undefined);
    await removeIfThere(() => found.remove({ force: true, v: true }));
  },
};

function optionsOf(inputs: ContainerInputs): ContainerCreateOptions {
  const { healthcheck: health, networksAdvanced, ports, volumes } = inputs;
  const [first] = networksAdvanced;
  const portOf = ({ internal, protocol }: ContainerInputs["ports"][number]) => `${internal}/${protocol}`;
  const endpoints = networksAdvanced.map(({ aliases, ipv4Address, name }) => {
    const address = ipv4Address === undefined ? {} : { IPAMConfig: { IPv4Address: ipv4Address } };
    return [name, { Aliases: aliases, ...address }] as const;
  });
  return {
    name: inputs.name,
    Image: inputs.image,
    Env: inputs.envs,
    Labels: inputs.labels,
    ...(inputs.user === undefined ? {} : { User: inputs.user }),
    ...(inputs.entrypoints === undefined ? {} : { Entrypoint: inputs.entrypoints }),
    ...(inputs.command === undefined ? {} : { Cmd: inputs.command }),
    ...(inputs.stopSignal === undefined ? {} : { StopSignal: inputs.stopSignal }),
    ...(inputs.stopTimeout === undefined ? {} : { StopTimeout: inputs.stopTimeout }),
    ...(health === undefined
      ? {}
      : {
          Healthcheck: {
            Test: health.tests,
            Interval: health.interval,
            Timeout: health.timeout,
            Retries: health.retries,
            StartPeriod: health.startPeriod,
          },
        }),
    ExposedPorts: Object.fromEntries(ports.map((port) => [portOf(port), {}])),
    HostConfig: {
      Binds: volumes.map(({ containerPath, readOnly, volumeName }) =>
        [volumeName, containerPath, ...(readOnly ? ["ro"] : [])].join(":"),
      ),
      Memory: inputs.memory * MEBIBYTE,
      MemorySwap: inputs.memorySwap * MEBIBYTE,
      MemoryReservation: inputs.memoryReservation * MEBIBYTE,
      NanoCpus: Math.round(inputs.cpus * 1e9),
      CpuShares: inputs.cpuShares,
      ReadonlyRootfs: inputs.readOnly,
      Tmpfs: inputs.tmpfs,
      CapDrop: inputs.capabilities.drops,
      SecurityOpt: inputs.securityOpts,
      RestartPolicy: { Name: inputs.restart },
      LogConfig: { Type: inputs.logDriver, Config: inputs.logOpts },
      PortBindings: Object.fromEntries(
        ports.map((port) => [portOf(port), [{ HostIp: port.ip, HostPort: String(port.external) }]]),
      ),
      ...(first === undefined ? {} : { NetworkMode: first.name }),
    },
    NetworkingConfig: { EndpointsConfig: Object.fromEntries(endpoints) },
  };
}

async function waitUntilHealthy(made: Container, { name, waitTimeout }: ContainerInputs): Promise<void> {
  const end = performance.now() + waitTimeout * 1_000;
  for (;;) {
    const { RestartCount, State } = await made.inspect();
    const health = State.Health?.Status ?? "none";
    if (State.Running && (health === "healthy" || health === "none")) return;
    const ended = RestartCount > 2 ? `ends with ${State.ExitCode} again and again` : undefined;
    const why = ended ?? (performance.now() > end ? `was not healthy within ${waitTimeout} s` : undefined);
    if (why !== undefined) {
      const asked = State.Health?.Log.at(-1)?.Output ?? "";
      const said = await made.logs({ stdout: true, stderr: true, tail: 20 });
      throw new Error(`container ${name} ${why}. ${asked}\nThe end of its log:\n${readable(said)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

/** Without the engine's frames, which begin with bytes below the space. */
function readable(log: Buffer): string {
  return log.toString("latin1").replace(/[^\n -\u00ff]/g, "");
}
