import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { LabError } from "../../lab/errors.ts";
import { noFaults, readFaults, setFaults } from "../../lab/faults.ts";

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly body: string;
}

describe("faults of a pod", () => {
  let server: Server;
  let address: string;
  let seen: Seen[];
  let reply: { status: number; body: string };

  async function answer(request: IncomingMessage): Promise<void> {
    seen.push({ method: request.method, url: request.url, body: await text(request) });
  }

  before(async () => {
    server = createServer((request, response) => {
      void answer(request).then(() =>
        response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.body),
      );
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    seen = [];
    reply = { status: 200, body: JSON.stringify(noFaults) };
  });
  after(() => void server.close());

  it("posts what is to change and nothing else", async () => {
    await setFaults(address, { errorShare: 0.2 });
    assert.deepEqual(seen, [{ method: "POST", url: "/actuator/faults", body: '{"errorShare":0.2}' }]);
  });

  it("reads what is in force", async () => {
    assert.deepEqual(await readFaults(address), noFaults);
    assert.deepEqual(seen, [{ method: "GET", url: "/actuator/faults", body: "" }]);
  });

  it("tells what the service objects to", async () => {
    reply = { status: 400, body: '{"problems":["errorShare: 2 is not a number from 0 to 1"]}' };
    await assert.rejects(setFaults(address, { errorShare: 2 }), new LabError(`${address} refused: ${reply.body}`));
  });

  it("tells where nobody answers", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await once(gone, "close");
    await assert.rejects(
      setFaults(`127.0.0.1:${port}`, noFaults),
      new LabError(`127.0.0.1:${port} did not answer: connect ECONNREFUSED 127.0.0.1:${port}`),
    );
  });

  for (const elsewhere of [
    "10.0.0.1",
    "example.com",
    "198.20.0.1:8080",
    "",
    "127.0.0.1@example.com",
    "127.0.0.1.example.com",
  ]) {
    it(`does not call "${elsewhere}"`, async () => {
      await assert.rejects(
        setFaults(elsewhere, noFaults),
        new LabError(`"${elsewhere}" is not the address of a pod of the lab (198.18.0.0/15) or of this machine`),
      );
    });
  }
});
