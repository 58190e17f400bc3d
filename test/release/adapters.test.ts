import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { SERIAL_ANNOTATION, STATE_ANNOTATION } from "../../config/limits.ts";
import type { RoutingHandle } from "../../config/outputs.ts";
import { rolledBack, slotWeights, withCandidate, withWeight, type ReleaseState } from "../../config/release-state.ts";
import { createHttpChecker } from "../../release/adapters/http-checker.ts";
import { createIstioSwitch } from "../../release/adapters/istio-switch.ts";
import { createKubernetesPods } from "../../release/adapters/kubernetes-pods.ts";
import type { Cluster } from "../../release/adapters/kubernetes.ts";
import { createPrometheusSource } from "../../release/adapters/prometheus.ts";
import { systemClock } from "../../release/adapters/system-clock.ts";
import type { Pods } from "../../release/ports.ts";
import { stackConfig } from "./world.ts";

const { app, release } = stackConfig();
const candidate = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const moving = withWeight(withCandidate(release, candidate), 5);

async function withServer<T>(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** An API server that holds one VirtualService. */
function clusterWith(
  state: ReleaseState,
  onApply?: (cluster: { state: ReleaseState }) => void,
): Cluster & { applied: unknown[] } {
  const held = { state };
  const applied: unknown[] = [];
  return {
    applied,
    read: (_kind, schema) => {
      const weights = slotWeights(held.state);
      const route = Object.entries(weights).map(([subset, weight]) => ({ weight, destination: { subset } }));
      const annotations = {
        [SERIAL_ANNOTATION]: String(held.state.serial),
        [STATE_ANNOTATION]: JSON.stringify(held.state),
      };
      return Promise.resolve(
        schema.parse({ metadata: { annotations }, spec: { http: [{ name: "weighted", route }] } }),
      );
    },
    list: () => Promise.reject(new Error("not asked for")),
    apply: (object, fieldManager) => {
      applied.push({ object, fieldManager });
      held.state = JSON.parse(object.metadata.annotations[STATE_ANNOTATION] ?? "") as ReleaseState;
      onApply?.(held);
      return Promise.resolve();
    },
  };
}

const readyPods: Pods = { inspect: () => Promise.resolve({ ready: 2, wanted: 2 }) };

const handle: RoutingHandle = {
  kind: "istio",
  fieldManager: "sluice",
  backState: rolledBack(moving),
  back: {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "checkout", namespace: "shop", annotations: { [SERIAL_ANNOTATION]: "1", other: "kept" } },
    spec: { http: [] },
  },
};

describe("Istio's switch", () => {
  it("reads weights, serial and state", async () => {
    const routing = await createIstioSwitch(clusterWith(moving), app, readyPods).read();
    assert.deepEqual(routing, { serial: 3, weights: { blue: 95, green: 5 }, state: moving });
  });

  it("writes the whole object with the program's field manager and a serial above all others", async () => {
    const cluster = clusterWith(moving);
    const back = await createIstioSwitch(cluster, app, readyPods).takeBack(handle, 9);
    assert.deepEqual(back, { ...rolledBack(moving), serial: 10 });
    const annotations = { other: "kept", [SERIAL_ANNOTATION]: "10", [STATE_ANNOTATION]: JSON.stringify(back) };
    assert.deepEqual(cluster.applied, [
      { fieldManager: "sluice", object: { ...handle.back, metadata: { ...handle.back.metadata, annotations } } },
    ]);
  });

  it("goes above the cluster's serial when that is higher", async () => {
    const back = await createIstioSwitch(clusterWith({ ...moving, serial: 40 }), app, readyPods).takeBack(handle, 9);
    assert.equal(back.serial, 41);
  });

  it("leaves the traffic where it is when stable has no ready pod", async () => {
    const cluster = clusterWith(moving);
    const nobody: Pods = { inspect: () => Promise.resolve({ ready: 0, wanted: 2 }) };
    await assert.rejects(
      createIstioSwitch(cluster, app, nobody).takeBack(handle, 9),
      /stable has no ready pod in slot blue: traffic stays/,
    );
    assert.deepEqual(cluster.applied, []);
  });

  it("does not route to a version that is not live any more", async () => {
    const cluster = clusterWith({ ...moving, live: "green", candidate: "blue" });
    await assert.rejects(
      createIstioSwitch(cluster, app, readyPods).takeBack(handle, 9),
      /green is live in the cluster, but blue when the stack/,
    );
    assert.deepEqual(cluster.applied, []);
  });

  it("believes only what it reads back", async () => {
    const cluster = clusterWith(moving, (held) => (held.state = moving));
    await assert.rejects(
      createIstioSwitch(cluster, app, readyPods).takeBack(handle, 9),
      /written, but the router says serial 3, blue 95 %, green 5 %/,
    );
  });

  it("says what to do about a router that no stack wrote", async () => {
    const foreign: Cluster = {
      ...clusterWith(moving),
      read: (_kind, schema) => Promise.resolve(schema.parse({ metadata: {}, spec: { http: [] } })),
    };
    await assert.rejects(createIstioSwitch(foreign, app, readyPods).read(), {
      name: "UserError",
      message: /carries no valid release state/,
    });
  });
});

describe("Kubernetes pods", () => {
  const pod = (name: string, ready: boolean, more: Record<string, unknown> = {}) => ({
    metadata: { name, ...(more["gone"] === true ? { deletionTimestamp: "now" } : {}) },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ image: "checkout:1.1.0", restartCount: 0, ...more }],
    },
  });
  const inspect = (items: unknown[]) => {
    const cluster: Cluster = {
      read: (_kind, schema) => Promise.resolve(schema.parse({ spec: { replicas: 2 } })),
      list: (_kind, schema) => Promise.resolve(schema.parse({ items })),
      apply: () => Promise.reject(new Error("not asked for")),
    };
    return createKubernetesPods(cluster, app).inspect("green");
  };

  it("counts those that are ready and stay", async () => {
    assert.deepEqual(await inspect([pod("a", true), pod("b", false), pod("c", true, { gone: true })]), {
      ready: 1,
      wanted: 2,
    });
  });

  it("tells of an image that cannot be had", async () => {
    const waiting = { state: { waiting: { reason: "ErrImageNeverPull" } } };
    const { problem } = await inspect([pod("a", true), pod("b", false, waiting)]);
    assert.equal(problem, "the cluster cannot get image checkout:1.1.0 (ErrImageNeverPull, pod b)");
  });

  it("tells of a pod that keeps ending", async () => {
    assert.equal((await inspect([pod("b", false, { restartCount: 3 })])).problem, "pod b ended 3 times while starting");
    assert.equal((await inspect([pod("b", false, { restartCount: 2 })])).problem, undefined);
  });
});

describe("Prometheus", () => {
  const answer =
    (body: unknown, status = 200) =>
    (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };

  it("gives raw samples with the times of their scrapes", async () => {
    let query = "";
    const result = [
      {
        metric: { job: "edge" },
        values: [
          [1_700_000_000.25, "7"],
          [1_700_000_002.25, "9"],
        ],
      },
    ];
    const series = await withServer(
      (request, response) => {
        request.on("data", (chunk: Buffer) => (query += chunk.toString()));
        request.on("end", () =>
          answer({ status: "success", data: { resultType: "matrix", result } })(request, response),
        );
      },
      (url) =>
        createPrometheusSource(url, '{a="b"}', { now: () => 10_000, sleep: () => Promise.resolve() }).readCounters(
          4_500,
        ),
    );
    assert.equal(new URLSearchParams(query).get("query"), '{a="b"}[7s]');
    assert.deepEqual(series, [
      {
        labels: { job: "edge" },
        samples: [
          [1_700_000_000_250, 7],
          [1_700_000_002_250, 9],
        ],
      },
    ]);
  });

  it("passes Prometheus' own words on", async () => {
    await withServer(answer({ status: "error", error: "parse error: unexpected }" }, 400), async (url) => {
      await assert.rejects(
        createPrometheusSource(url, "{", systemClock).readCounters(0),
        /Prometheus at .*: parse error: unexpected \}$/,
      );
    });
  });

  it("does not take another server for Prometheus", async () => {
    await withServer(answer("hello"), async (url) => {
      await assert.rejects(
        createPrometheusSource(url, "x", systemClock).readCounters(0),
        /does not answer as Prometheus does/,
      );
    });
  });

  it("says that nobody listens", async () => {
    await assert.rejects(
      createPrometheusSource("http://127.0.0.1:9", "x", systemClock).readCounters(0),
      /Prometheus at .*ECONNREFUSED/,
    );
  });
});

describe("candidate checks", () => {
  const request = { path: "/api/quote", method: "GET" as const, status: 200, within: 200, times: 4 };

  it("go by the testers' route, to the service's host", async () => {
    const seen: unknown[] = [];
    const result = await withServer(
      ({ headers, url }, response) => {
        seen.push([url, headers.host, headers["x-canary"]]);
        response.end("ok");
      },
      (url) => createHttpChecker(url, "checkout.example.com").run(request, new AbortController().signal),
    );
    assert.deepEqual(result, { ok: true, passed: 4 });
    assert.deepEqual(seen, Array(4).fill(["/api/quote", "checkout.example.com", "true"]));
  });

  it("count what did not pass, and tell of the first", async () => {
    let answers = 0;
    const result = await withServer(
      (_request, response) => {
        answers += 1;
        response.writeHead(answers % 2 === 0 ? 503 : 200).end();
      },
      (url) => createHttpChecker(url, "x").run(request, new AbortController().signal),
    );
    assert.deepEqual(result, { ok: false, passed: 2, problem: "status 503, not 200" });
  });

  it("do not wait for ever", async () => {
    const result = await withServer(
      () => undefined,
      (url) => createHttpChecker(url, "x").run({ ...request, times: 1, within: 50 }, new AbortController().signal),
    );
    assert.deepEqual(result, { ok: false, passed: 0, problem: "no answer within 50 ms" });
  });
});
