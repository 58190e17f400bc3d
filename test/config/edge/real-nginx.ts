import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { activation, type ActivationOptions } from "../../../config/edge/activation.ts";
import { EDGE_DIRECTORY, edgeRoutingOf } from "../../../config/edge/basis.ts";
import { renderEdge } from "../../../config/edge/edge.ts";
import { renderRouting } from "../../../config/edge/routing.ts";
import type { StackConfig } from "../../../config/schema.ts";

/** Where an nginx may be: named, on the PATH, or where Debian puts it. */
const PLACES = [
  process.env.SLUICE_NGINX ?? "",
  ...(process.env.PATH ?? "").split(":").map((directory) => path.join(directory, "nginx")),
  "/usr/sbin/nginx",
];

export const NGINX = PLACES.find((place) => place !== "" && existsSync(place));

interface Ended {
  readonly code: number;
  readonly output: string;
}

export interface Answer {
  readonly status: number;
  /** Which server answered, or nginx' own text. */
  readonly body: string;
  readonly headers: http.IncomingHttpHeaders;
}

/** nginx as it is in the edge's container, but in a directory of its own; and servers where the containers would be. */
export class RealNginx {
  readonly directory: string;
  readonly #stack: StackConfig;
  readonly #closing: (() => Promise<void>)[] = [];

  private constructor(directory: string, stack: StackConfig) {
    this.directory = directory;
    this.#stack = stack;
  }

  /**
   * @param stack its subnet must be of the loopback's, 127.0.0.0/8
   * @param diskBytes gives it a disk of its own, so large; needs root
   */
  static async start(stack: StackConfig, diskBytes?: number): Promise<RealNginx> {
    const edge = new RealNginx(await mkdtemp(path.join(os.tmpdir(), "sluice-nginx-")), stack);
    edge.#closing.push(() => rm(edge.directory, { recursive: true }));
    if (diskBytes !== undefined) {
      const execute = promisify(execFile);
      await execute("mount", ["-t", "tmpfs", "-o", `size=${diskBytes}`, "tmpfs", edge.directory]);
      edge.#closing.push(async () => {
        await execute("umount", [edge.directory]);
      });
    }
    await mkdir(path.join(edge.directory, "tmp"));
    await edge.write("nginx.conf", renderEdge(stack).file.text);
    await edge.write("routing.conf", renderRouting(edgeRoutingOf(stack)));
    const daemon = spawn(NGINX ?? "", [...edge.#flags, "-g", "daemon off;"], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => daemon.on("close", () => resolve()));
    edge.#closing.push(async () => {
      daemon.kill("SIGTERM");
      await ended;
    });
    await edge.#waitUntilUp();
    return edge;
  }

  get #flags() {
    return [
      "-p",
      `${this.directory}/tmp/`,
      "-e",
      path.join(this.directory, "error.log"),
      "-c",
      path.join(this.directory, "nginx.conf"),
    ];
  }

  /** Writes a file of the edge's directory; the paths in it are this directory's. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.directory, name), this.#relocate(text));
  }

  read(name: string): Promise<string> {
    return readFile(path.join(this.directory, name), "utf8");
  }

  /** Runs the command that puts a routing in force. */
  activate(text: string, options?: ActivationOptions): Promise<Ended> {
    return this.run(activation(text, options, this.directory));
  }

  /** Runs a command where nginx is the program in question. */
  run([program = "", ...args]: readonly string[]): Promise<Ended> {
    const PATH = `${path.dirname(NGINX ?? "")}:${process.env.PATH ?? ""}`;
    return new Promise((resolve) => {
      const own = args.map((arg) => this.#relocateScratch(arg));
      execFile(program, own, { env: { PATH } }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? -1), output: `${stdout}${stderr}` }),
      );
    });
  }

  /** What nginx says of the configuration as it lies there. */
  test(): Promise<Ended> {
    return this.run([NGINX ?? "", "-t", "-q", ...this.#flags]);
  }

  /** A server in the place of a container, which answers with its name. */
  async serve(host: string, name: string): Promise<void> {
    const server = http.createServer((_request, response) => response.end(name));
    await new Promise<void>((resolve) => server.listen(this.#stack.app.port, host, resolve));
    this.#closing.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))));
  }

  async ask(url: string, headers: Readonly<Record<string, string>> = {}, port?: number): Promise<Answer> {
    const { router } = this.#stack;
    if (router.kind !== "nginx") throw new Error("not nginx");
    const options = { port: port ?? router.port, path: url, headers: { host: router.hosts[0], ...headers } };
    return new Promise((resolve, reject) => {
      http
        .get({ host: "127.0.0.1", agent: false, ...options }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (part: string) => (body += part));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
        })
        .on("error", reject);
    });
  }

  async stop(): Promise<void> {
    for (const close of this.#closing.reverse()) await close();
  }

  #relocate(text: string): string {
    return text
      .replaceAll(" /tmp/", ` ${EDGE_DIRECTORY}/tmp/`)
      .replaceAll("/dev/std", `${EDGE_DIRECTORY}/std`)
      .replaceAll(EDGE_DIRECTORY, this.directory);
  }

  #relocateScratch(text: string): string {
    return text.replaceAll("/tmp/nginx.pid", `${this.directory}/tmp/nginx.pid`);
  }

  async #waitUntilUp(): Promise<void> {
    for (let i = 0; ; i += 1) {
      const up = await this.ask("/", {}).then(
        () => true,
        () => false,
      );
      if (up) return;
      if (i > 100) throw new Error(`nginx does not answer: ${(await this.test()).output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
