import type { ContainerCreateOptions } from "dockerode";
import { z } from "zod";

const MEBIBYTE = 2 ** 20;

/** Labels as the provider takes them. */
export const labelsSchema = z
  .array(z.object({ label: z.string(), value: z.string() }))
  .default([])
  .transform((list) => Object.fromEntries(list.map(({ label, value }) => [label, value])));

/** Nanoseconds, of a duration as Go writes it. */
const duration = z.string().transform((text) =>
  [...text.matchAll(/([\d.]+)(ms|s|m|h)/g)].reduce((sum, [, number = "0", unit = "s"]) => {
    return sum + Number(number) * { ms: 1e6, s: 1e9, m: 6e10, h: 3.6e12 }[unit as "ms" | "s" | "m" | "h"];
  }, 0),
);

/** A container as Pulumi's provider of Docker takes it: what this project declares of it, no more. */
export const containerSchema = z.strictObject({
  name: z.string(),
  image: z.string(),
  hostname: z.string().optional(),
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
  // What of the host is not there is an error; a volume would make a directory of it.
  mounts: z.array(z.object({ type: z.literal("bind"), source: z.string(), target: z.string() })).default([]),
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

/** A container as it is declared. */
export type DeclaredContainer = z.input<typeof containerSchema>;
export type ContainerInputs = z.infer<typeof containerSchema>;

/** The same as the engine takes it. */
export function containerOptions(inputs: ContainerInputs): ContainerCreateOptions {
  const { healthcheck: health, mounts, networksAdvanced, ports, volumes } = inputs;
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
    ...(inputs.hostname === undefined ? {} : { Hostname: inputs.hostname }),
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
      Mounts: mounts.map(({ source, target, type }) => ({ Type: type, Source: source, Target: target })),
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
