import { z } from "zod";
import type { Docker } from "../../../config/docker.ts";
import { connectEngine, engineAddress, isMissing } from "../../../engine/connect.ts";
import { execIn, type Ended } from "../../../engine/exec.ts";
import { putFiles, readFileIn } from "../../../engine/files.ts";
import { messageOf } from "../../errors.ts";
import { endInTime } from "../end-in-time.ts";

/** How long a call may take. Commands in a container have their own bounds, which are shorter. */
const TIMEOUT_MS = 15_000;

const containerSchema = z.object({
  Id: z.string(),
  Name: z.string().transform((name) => name.replace(/^\//, "")),
  RestartCount: z.number().default(0),
  Config: z.object({ Image: z.string(), Labels: z.record(z.string(), z.string()).nullable() }),
  State: z.object({
    Status: z.string(),
    Running: z.boolean(),
    OOMKilled: z.boolean().default(false),
    ExitCode: z.number().default(0),
    Error: z.string().default(""),
    Health: z.object({ Status: z.string() }).nullish(),
  }),
});

/** A container, as the engine knows it. */
export type Container = z.infer<typeof containerSchema>;

/** The Docker engine, as far as releases need it. Each call ends in time, and fails with one readable message. */
export interface EngineClient {
  /** All containers with these labels, also those that do not run. */
  list(labels: Readonly<Record<string, string>>): Promise<readonly Container[]>;
  /** A file in a container, running or not; `undefined` where there is none. */
  readFile(container: string, path: string): Promise<string | undefined>;
  /** Writes a file in a container, running or not. */
  writeFile(container: string, directory: string, name: string, text: string): Promise<void>;
  /** Runs a command in a running container, to its end. */
  run(container: string, command: readonly string[]): Promise<Ended>;
}

/**
 * Connects to the engine of a Docker host. Nothing is asked of it yet.
 *
 * @throws Error when its address or its certificates cannot be read
 */
export function connectDockerHost({ host: declared, tls }: Partial<Pick<Docker, "host" | "tls">>): EngineClient {
  const docker = { ...(declared === undefined ? {} : { host: declared }), ...(tls === undefined ? {} : { tls }) };
  const engine = connectEngine(docker);
  const { host } = engineAddress(docker, process.env);
  const call = <T>(what: string, answer: Promise<T>) =>
    endInTime(`Docker engine ${host}, ${what}`, answer, TIMEOUT_MS, describe);

  const inspect = async (id: string): Promise<Container | undefined> => {
    try {
      return containerSchema.parse(await engine.getContainer(id).inspect());
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  return {
    list(labels) {
      const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
      const read = async () => {
        const listed = await engine.listContainers({ all: true, filters: { label } });
        const found = await Promise.all(listed.map(({ Id }) => inspect(Id)));
        return found.filter((container) => container !== undefined);
      };
      return call("list containers", read());
    },
    readFile: (container, path) =>
      call(`read ${path} in ${container}`, readFileIn(engine.getContainer(container), path)),
    writeFile: (container, directory, name, text) =>
      call(`write ${name} in ${container}`, putFiles(engine.getContainer(container), directory, { [name]: text })),
    run: (container, command) =>
      call(`run a command in ${container}`, execIn(engine, engine.getContainer(container), command)),
  };
}

const answerSchema = z.object({ json: z.object({ message: z.string() }) });

/** The engine's own words, without the client's frame around them. */
function describe(error: unknown): string {
  return answerSchema.safeParse(error).data?.json.message ?? messageOf(error);
}
