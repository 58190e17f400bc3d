import { timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { messageOf } from "../errors.ts";
import { parseJson } from "./parse-json.ts";

/** An alert of Alertmanager that is firing. */
export interface FiringAlert {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Alertmanager's webhook, version 4, as far as it is of interest. */
const messageSchema = z.object({
  alerts: z.array(z.object({ status: z.enum(["firing", "resolved"]), labels: z.record(z.string(), z.string()) })),
});

/** A message is far smaller; more than this is none of Alertmanager's. */
const MOST_BYTES = 1_000_000;

interface Receiver {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Listens for Alertmanager: `POST /alerts` with `Authorization: Bearer <token>`. `GET /health` answers 200.
 *
 * @param take is given the alerts that fire; the answer tells Alertmanager whether to send them again
 */
export async function listenForAlerts(
  { host, port, token }: { readonly host: string; readonly port: number; readonly token: string },
  take: (alerts: readonly FiringAlert[]) => Promise<void>,
): Promise<Receiver> {
  const answer = async (request: IncomingMessage): Promise<readonly [status: number, text: string]> => {
    if (request.method === "GET" && request.url === "/health") return [200, "ok"];
    if (request.method !== "POST" || request.url !== "/alerts") return [404, "POST /alerts, GET /health"];
    if (!isAllowed(request.headers.authorization, token)) return [401, "a bearer token is needed"];
    const parsed = messageSchema.safeParse(parseJson(await readBody(request)));
    if (!parsed.success) return [400, "not a message of Alertmanager's webhook"];
    const firing = parsed.data.alerts.filter(({ status }) => status === "firing");
    await take(firing.map(({ labels }) => ({ name: labels.alertname ?? "", labels })));
    return [200, "ok"];
  };
  const server = createServer((request, response) => {
    answer(request)
      .catch((error: unknown) => [500, messageOf(error)] as const)
      .then(([status, text]) => response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`))
      .catch(() => response.destroy());
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Compares in a time that tells nothing about the token. */
function isAllowed(authorization: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(authorization ?? ""), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BYTES) throw new Error("the message is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
