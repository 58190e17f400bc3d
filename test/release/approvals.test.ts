import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  createApprovals,
  createLocalAnswers,
  openClusterBoard,
  withLocalAnswers,
} from "../../release/adapters/approvals.ts";
import type { Cluster } from "../../release/adapters/kubernetes.ts";
import type { ApprovalRequest } from "../../release/ports.ts";
import { NO_CLUSTER } from "./no-cluster.ts";

const app = { name: "checkout", namespace: "shop", port: 8080 };
const clock = { now: () => 5_000, sleep: () => Promise.resolve() };
const request: ApprovalRequest = {
  id: "1.1.0 25 3",
  app: "checkout",
  version: "1.1.0",
  weight: 25,
  askedAt: 1_000,
  until: 9_000,
  onTimeout: "reject",
};

/** An API server that holds one ConfigMap, whose keys belong to different managers. */
function clusterWith(): Cluster & { readonly writes: unknown[] } {
  let data: Record<string, unknown> | undefined;
  const writes: unknown[] = [];
  return {
    ...NO_CLUSTER,
    writes,
    read: (_kind, schema) =>
      data === undefined
        ? Promise.reject(new Error("not found", { cause: Object.assign(new Error("404"), { code: 404 }) }))
        : Promise.resolve(schema.parse({ data })),
    apply: (object, fieldManager) => {
      const { metadata } = object;
      writes.push([fieldManager, object.kind, `${metadata.namespace}/${metadata.name}`]);
      data = { ...data, ...(object.data as Record<string, unknown>) };
      return Promise.resolve();
    },
  };
}

describe("approvals in the cluster", () => {
  it("wait beside the app for an answer, each side with a field of its own", async () => {
    const cluster = clusterWith();
    const approvals = createApprovals(openClusterBoard(cluster, app), app, clock);
    assert.deepEqual(await approvals.ask(request), request);
    assert.equal(await approvals.find(request), undefined);
    assert.deepEqual(await approvals.answer(true, "alice", undefined), request);
    assert.deepEqual(await approvals.find(request), { approved: true, by: "alice", at: 5_000, via: "command" });
    assert.deepEqual(cluster.writes, [
      ["sluice-release", "ConfigMap", "shop/checkout-approval"],
      ["sluice-approve", "ConfigMap", "shop/checkout-approval"],
    ]);
  });

  it("take no answer to another question", async () => {
    const approvals = createApprovals(openClusterBoard(clusterWith(), app), app, clock);
    await approvals.ask(request);
    await approvals.answer(true, "alice", 25);
    const next = { ...request, id: "1.1.0 25 9" };
    await approvals.ask(next);
    assert.equal(await approvals.find(next), undefined);
  });

  it("give the first question back to a release that was resumed", async () => {
    const approvals = createApprovals(openClusterBoard(clusterWith(), app), app, clock);
    await approvals.ask(request);
    assert.equal((await approvals.ask({ ...request, until: 99_000 })).until, 9_000);
  });

  const none = "No release of checkout waits for an approval";
  const cases: readonly (readonly [string, Partial<ApprovalRequest> | undefined, number | undefined, string])[] = [
    ["nothing waits", undefined, undefined, `${none}.`],
    [
      "its time is over",
      { until: 4_000 },
      undefined,
      `${none}: version 1.1.0 at 25 % had to be answered until 1970-01-01T00:00:04.000Z.`,
    ],
    ["another weight waits", {}, 50, `${none} at 50 %: version 1.1.0 at 25 % does.`],
  ];
  for (const [what, change, weight, message] of cases) {
    it(`refuse an answer when ${what}`, async () => {
      const approvals = createApprovals(openClusterBoard(clusterWith(), app), app, clock);
      if (change !== undefined) await approvals.ask({ ...request, ...change });
      await assert.rejects(approvals.answer(true, "alice", weight), { name: "UserError", message });
    });
  }

  it("refuse an answer once it is decided, by whomever", async () => {
    const approvals = createApprovals(openClusterBoard(clusterWith(), app), app, clock);
    await approvals.ask(request);
    await approvals.close(request, { approved: true, by: "bob", via: "file", at: 2_000 });
    const message = `${none}: version 1.1.0 at 25 % was decided by bob.`;
    await assert.rejects(approvals.answer(false, "alice", undefined), { name: "UserError", message });
  });
});

describe("approvals without the cluster", () => {
  let directory: string;
  before(async () => (directory = await mkdtemp(path.join(tmpdir(), "approvals-"))));
  after(() => rm(directory, { recursive: true }));

  const lines: readonly (readonly [string, string | undefined])[] = [
    ["approve 1.1.0 25 alice", "approved by alice"],
    ["reject 1.1.0 25 bob b.\n", "rejected by bob b."],
    ["approve 1.1.0 25 alice\nreject 1.1.0 25 bob", "rejected by bob"],
    ["approve 1.1.0 25", "approved by unknown"],
    ["approve 1.0.9 25 alice", undefined],
    ["approve 1.1.0 50 alice", undefined],
    ["maybe 1.1.0 25 alice", undefined],
    ["", undefined],
  ];
  for (const [text, expected] of lines) {
    it(`by a file that says ${JSON.stringify(text)}: ${expected ?? "no answer"}`, async () => {
      const file = path.join(directory, "approvals");
      await writeFile(file, text);
      const answer = await createLocalAnswers(file, {}, clock)(request);
      assert.equal(answer && `${answer.approved ? "approved" : "rejected"} by ${answer.by}`, expected);
      assert.ok(answer === undefined || (answer.via === "file" && answer.at === 5_000));
    });
  }

  it("by a file that is not there yet: no answer", async () => {
    assert.equal(await createLocalAnswers(path.join(directory, "none"), {}, clock)(request), undefined);
  });

  const variables: readonly (readonly [Record<string, string>, string | undefined])[] = [
    [{ SLUICE_APPROVE: "10, 25", SLUICE_APPROVED_BY: "alice" }, "alice"],
    [{ SLUICE_APPROVE: "all", GITHUB_ACTOR: "octocat" }, "octocat"],
    [{ SLUICE_APPROVE: "2,50" }, undefined],
    [{}, undefined],
  ];
  for (const [given, by] of variables) {
    it(`by variables ${JSON.stringify(given)}: ${by ?? "no answer"}`, async () => {
      const answer = await createLocalAnswers(undefined, given, clock)(request);
      assert.equal(answer?.by, by);
      assert.ok(answer === undefined || (answer.approved && answer.via === "environment"));
    });
  }

  it("count also while the cluster does not answer", async () => {
    const cluster: Cluster = { ...clusterWith(), read: () => Promise.reject(new Error("ECONNREFUSED")) };
    const local = createLocalAnswers(undefined, { SLUICE_APPROVE: "25" }, clock);
    const approvals = withLocalAnswers(createApprovals(openClusterBoard(cluster, app), app, clock), local);
    assert.equal((await approvals.find(request))?.via, "environment");
  });
});
