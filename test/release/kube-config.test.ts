import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { connectCluster } from "../../release/adapters/kubernetes.ts";
import { withServer } from "./local-server.ts";

describe("the connections to an API server", () => {
  const before = process.env.KUBECONFIG;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "sluice-"));
    process.env.KUBECONFIG = path.join(directory, "config.json");
  });
  afterEach(async () => {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
    await rm(directory, { recursive: true });
  });

  it("are shared by requests, until the credentials are others", async () => {
    const certificate = path.join(directory, "certificate");
    const sockets = new Set<Socket>();
    const answer = { resources: [{ kind: "ConfigMap", name: "configmaps", namespaced: true }], metadata: {} };
    await withServer(
      (request, response) => {
        sockets.add(request.socket);
        response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
      },
      async (server) => {
        await writeFile(
          path.join(directory, "config.json"),
          JSON.stringify({
            clusters: [{ name: "c", cluster: { server, "insecure-skip-tls-verify": true } }],
            users: [{ name: "u", user: { "client-certificate": certificate } }],
            contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
            "current-context": "x",
          }),
        );
        await writeFile(certificate, "one");
        const cluster = connectCluster();
        const look = () =>
          cluster.find({ apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "checkout" }, z.looseObject({}));
        await look();
        const first = sockets.size;
        for (let i = 0; i < 5; i += 1) await look();
        assert.equal(sockets.size, first);
        await writeFile(certificate, "another");
        await look();
        assert.ok(sockets.size > first);
      },
    );
  });
});
