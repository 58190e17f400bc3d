import assert from "node:assert/strict";
import { listenForAlerts, type FiringAlert } from "../../release/adapters/alert-receiver.ts";

const TOKEN = "sixteen characters";

describe("the receiver of alerts", () => {
  const taken: (readonly FiringAlert[])[] = [];
  let fails = false;
  let receiver: Awaited<ReturnType<typeof listenForAlerts>>;
  before(async () => {
    receiver = await listenForAlerts({ host: "127.0.0.1", port: 0, token: TOKEN }, (alerts) => {
      taken.push(alerts);
      return fails ? Promise.reject(new Error("the traffic could not be moved")) : Promise.resolve();
    });
  });
  after(() => receiver.close());

  const send = async (body: string, token = TOKEN, path = "/alerts", method = "POST") => {
    const url = `http://127.0.0.1:${receiver.port}${path}`;
    const content = method === "GET" ? {} : { body };
    const answer = await fetch(url, { method, headers: { authorization: `Bearer ${token}` }, ...content });
    return `${answer.status} ${(await answer.text()).trim()}`;
  };
  const firing = { status: "firing", labels: { alertname: "CanaryHighErrorRate", app: "checkout" } };
  const message = JSON.stringify({ version: "4", alerts: [firing, { ...firing, status: "resolved" }] });

  it("takes those that fire", async () => {
    assert.equal(await send(message), "200 ok");
    assert.deepEqual(taken.splice(0), [
      [{ name: "CanaryHighErrorRate", labels: { alertname: "CanaryHighErrorRate", app: "checkout" } }],
    ]);
  });

  const refusals: readonly (readonly [string, () => Promise<string>, string])[] = [
    ["a wrong token", () => send(message, "sixteen_characters"), "401 a bearer token is needed"],
    ["a token of another length", () => send(message, "short"), "401 a bearer token is needed"],
    ["what is not Alertmanager's", () => send("{}"), "400 not a message of Alertmanager's webhook"],
    ["what is not JSON", () => send("alerts"), "400 not a message of Alertmanager's webhook"],
    ["another path", () => send(message, TOKEN, "/"), "404 POST /alerts, GET /health"],
    ["what is too long", () => send("x".repeat(1_000_001)), "500 the message is too long"],
  ];
  for (const [what, ask, expected] of refusals) {
    it(`refuses ${what}`, async () => {
      assert.equal(await ask(), expected);
      assert.deepEqual(taken, []);
    });
  }

  it("lets Alertmanager send again what could not be acted upon", async () => {
    fails = true;
    assert.equal(await send(message), "500 the traffic could not be moved");
    taken.length = 0;
  });

  it("answers probes without a token", async () => {
    assert.equal(await send("", "", "/health", "GET"), "200 ok");
  });
});
