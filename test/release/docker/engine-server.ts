import { createServer, type IncomingMessage } from "node:http";
import { buffer, text } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import type { EngineClient } from "../../../release/adapters/docker/engine-client.ts";
import type { Ended } from "../../../engine/exec.ts";

/**
 * Serves an engine by the API of Docker, as far as releases ask it: for programs that are not this one.
 *
 * @param socket path of the socket on which it listens
 */
export async function serveEngine(engine: EngineClient, socket: string): Promise<() => Promise<void>> {
  /** What was asked for, and then how it ended. */
  const commands: (readonly string[])[] = [];
  const ends: Ended[] = [];

  const answer = async (request: IncomingMessage): Promise<unknown> => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://docker");
    const [, kind, id = "", what] = pathname.split("/");
    const path = searchParams.get("path") ?? "";
    switch (`${request.method ?? ""} ${kind ?? ""} ${what ?? ""}`) {
      case "GET containers ":
        return engine.list(readLabels(searchParams.get("filters")));
      case "GET containers json":
        return (await engine.list({})).find(({ Id }) => Id === id);
      case "GET containers archive": {
        const content = await engine.readFile(id, path);
        return content === undefined ? undefined : archiveOf(content);
      }
      case "PUT containers archive":
        for await (const entry of request.pipe(extract()))
          await engine.writeFile(id, path, entry.header.name, await text(entry));
        return "";
      case "POST containers exec":
        return { Id: `${id}@${commands.push((JSON.parse(await text(request)) as { Cmd: string[] }).Cmd) - 1}` };
      case "GET exec json":
        return { ExitCode: ends[indexOf(id)]?.code };
      default:
        return undefined;
    }
  };
  const server = createServer((request, response) => {
    answer(request).then(
      (found) => {
        const body = Buffer.isBuffer(found) ? found : JSON.stringify(found ?? { message: `no ${request.url ?? ""}` });
        response.writeHead(found === undefined ? 404 : 200, { "content-type": "application/json" }).end(body);
      },
      (error: unknown) => response.writeHead(500).end(JSON.stringify({ message: String(error) })),
    );
  });
  // A command's output comes as a stream of frames, on a connection that is no longer HTTP.
  server.on("upgrade", (request, connection) => {
    const [, , id = ""] = (request.url ?? "").split("/");
    const [container = ""] = id.split("@");
    void engine.run(container, commands[indexOf(id)] ?? []).then((ended) => {
      ends[indexOf(id)] = ended;
      connection.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
      connection.end(Buffer.concat([frame(1, ended.stdout), frame(2, ended.stderr)]));
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

function readLabels(filters: string | null): Record<string, string> {
  const { label = [] } = JSON.parse(filters ?? "{}") as { label?: readonly string[] };
  return Object.fromEntries(
    label.map((each): readonly [string, string] => {
      const [key = "", value = ""] = each.split("=");
      return [key, value];
    }),
  );
}

function indexOf(id: string): number {
  return Number(id.split("@")[1]);
}

async function archiveOf(content: string): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "file" }, content);
  archive.finalize();
  return await buffer(archive);
}

/** @param stream 1 is what a command says, 2 are its complaints */
function frame(stream: number, content: string): Buffer {
  const bytes = Buffer.from(content);
  const head = Buffer.alloc(8);
  head.writeUInt8(stream);
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
}
