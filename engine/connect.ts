import { readFileSync } from "node:fs";
import path from "node:path";
import Dockerode from "dockerode";
import type { Docker } from "../config/docker.ts";
import { sshAgent } from "./ssh-agent.ts";

/** The API of a Docker engine. */
export type Engine = Dockerode;

/** Where the engine listens, unless a stack or the environment says otherwise. */
const USUAL_ADDRESS = "unix:///var/run/docker.sock";

/** Address and keys of a stack's engine; what the stack leaves open the environment says, as for `docker` itself. */
export function engineAddress(
  { host, tls }: Pick<Docker, "host" | "tls">,
  env: NodeJS.ProcessEnv,
): { readonly host: string; readonly tls?: string } {
  const address = host ?? env.DOCKER_HOST ?? USUAL_ADDRESS;
  // The keys of the environment belong to the host of the environment.
  const ofEnvironment = host === undefined && (env.DOCKER_TLS_VERIFY ?? "") !== "" ? env.DOCKER_CERT_PATH : undefined;
  const keys = tls ?? ofEnvironment;
  return { host: address, ...(keys === undefined ? {} : { tls: keys }) };
}

/**
 * Opens a connection to a stack's engine; nothing is sent yet. Over ssh the user's agent and `docker` on the far side
 * are needed.
 *
 * @throws Error for an address of no known kind, or keys that cannot be read
 */
export function connectEngine(docker: Pick<Docker, "host" | "tls">, env: NodeJS.ProcessEnv = process.env): Engine {
  const { host, tls } = engineAddress(docker, env);
  if (host.startsWith("unix://")) return new Dockerode({ socketPath: host.slice("unix://".length) });
  const { hostname, port, protocol } = new URL(host);
  switch (protocol) {
    case "ssh:":
      // No name is looked up: the agent brings the connection. The client's types do not know that it takes one.
      return new Dockerode({ protocol: "http", host: "docker", ...{ agent: sshAgent(host) } });
    case "tcp:":
      return new Dockerode({
        host: hostname,
        port: Number(port),
        ...(tls === undefined ? { protocol: "http" } : { protocol: "https", ...readKeys(tls) }),
      });
    default:
      throw new Error(`a Docker engine is at unix://, ssh:// or tcp://, not at ${host}`);
  }
}

function readKeys(directory: string) {
  const read = (file: string) => readFileSync(path.join(directory, file));
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}

/** Whether the engine answered that there is no such thing. */
export function isMissing(error: unknown): boolean {
  return isStatus(error, 404);
}

/** Whether the engine answered with this status of HTTP. */
export function isStatus(error: unknown, status: number): boolean {
  return typeof error === "object" && error !== null && "statusCode" in error && error.statusCode === status;
}
