import assert from "node:assert/strict";
import { createKubernetesJobs } from "../../release/adapters/kubernetes-jobs.ts";
import type { Cluster } from "../../release/adapters/kubernetes.ts";
import type { FailedJob } from "../../release/ports.ts";
import { NO_CLUSTER } from "./no-cluster.ts";
import { STACK, stackConfig } from "./world.ts";

describe("Jobs in the cluster", () => {
  const condition = { type: "Failed", status: "True", reason: "BackoffLimitExceeded" };
  const job = (name: string, status: unknown, more = {}) => ({
    metadata: { name, uid: `uid-${name}`, ...more },
    status,
  });
  const ended = { containerStatuses: [container({ terminated: { reason: "Error", exitCode: 3 } })] };

  function container(state: unknown) {
    return { image: "checkout:1.1.0", restartCount: 0, state };
  }

  function clusterWith(jobs: readonly unknown[], podStatus: unknown, log: string | Error): [Cluster, unknown[]] {
    const asked: unknown[] = [];
    const cluster: Cluster = {
      ...NO_CLUSTER,
      readLog: (pod, lines) => {
        asked.push({ ...pod, lines });
        return log instanceof Error ? Promise.reject(log) : Promise.resolve(log);
      },
      list: ({ kind, selector }, schema) => {
        asked.push(`${kind} ${selector}`);
        const pods = podStatus === undefined ? [] : [{ metadata: { name: "checkout-expand-x" }, status: podStatus }];
        const found = selector.includes("database-backup") ? [] : jobs;
        return Promise.resolve(schema.parse({ items: kind === "Job" ? found : pods }));
      },
    };
    return [cluster, asked];
  }

  const cases: readonly (readonly [string, readonly unknown[], unknown, string | Error, readonly FailedJob[]])[] = [
    ["none that runs", [job("run", {})], { containerStatuses: [container({ running: {} })] }, "", []],
    ["none that goes already", [job("old", { conditions: [condition] }, { deletionTimestamp: "now" })], ended, "", []],
    [
      "none that has succeeded",
      [job("done", { conditions: [{ type: "Complete", status: "True" }] })],
      { containerStatuses: [container({ terminated: { reason: "Completed", exitCode: 0 } })] },
      "",
      [],
    ],
    [
      "one that failed, with the end of its log",
      [job("bad", { conditions: [condition] })],
      ended,
      "first\nsecond\n",
      [{ uid: "uid-bad", name: "bad", reason: "Error, exit code 3", log: ["first", "second"] }],
    ],
    [
      "one that took too long",
      [job("slow", { conditions: [condition] })],
      { ...ended, reason: "DeadlineExceeded" },
      "waiting for a lock",
      [{ uid: "uid-slow", name: "slow", reason: "DeadlineExceeded", log: ["waiting for a lock"] }],
    ],
    [
      "one whose log cannot be had",
      [job("mute", { conditions: [condition] })],
      ended,
      new Error("gone"),
      [{ uid: "uid-mute", name: "mute", reason: "Error, exit code 3", log: [] }],
    ],
    [
      "one whose pod is gone",
      [job("gone", { conditions: [{ ...condition, reason: "DeadlineExceeded" }] })],
      undefined,
      "",
      [{ uid: "uid-gone", name: "gone", reason: "DeadlineExceeded", log: [] }],
    ],
    [
      "one whose image cannot be had",
      [job("pull", {})],
      { containerStatuses: [container({ waiting: { reason: "ErrImagePull" } })] },
      "",
      [
        {
          uid: "uid-pull",
          name: "pull",
          reason: "the cluster cannot get image checkout:1.1.0 (ErrImagePull, pod checkout-expand-x)",
          log: [],
        },
      ],
    ],
  ];
  for (const [what, jobs, podStatus, log, expected] of cases) {
    it(`finds ${what}`, async () => {
      const [cluster] = clusterWith(jobs, podStatus, log);
      assert.deepEqual(await createKubernetesJobs(cluster, stackConfig().app).findFailed("1.1.0"), expected);
    });
  }

  it("asks for those of one version, their pods and ten lines", async () => {
    const [cluster, asked] = clusterWith([job("bad", { conditions: [condition] })], ended, "");
    await createKubernetesJobs(cluster, stackConfig().app).findFailed("1.1.0");
    const labels = (step: string) =>
      `app.kubernetes.io/part-of=checkout,app.kubernetes.io/component=database-${step},app.kubernetes.io/version=1.1.0`;
    assert.deepEqual(asked, [
      `Job ${labels("backup")}`,
      `Job ${labels("expand")}`,
      "Pod batch.kubernetes.io/job-name=bad",
      { namespace: STACK.app.namespace, name: "checkout-expand-x", lines: 10 },
    ]);
  });
});
