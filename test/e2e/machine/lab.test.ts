import assert from "node:assert/strict";
import { readExtras, type Extra } from "../../../lab/extras.ts";
import { withLock } from "../../../lab/lock.ts";
import { findListeners, parseListeners } from "../../../lab/machine/listeners.ts";
import { findMarkedProcesses } from "../../../lab/machine/processes.ts";
import { run } from "../../../lab/run.ts";
import { labPaths, network, ports } from "../../../lab/settings.ts";
import { waitFor } from "../../../lab/wait.ts";
import { askPrometheus, kubectl, lab, labStatus, metricsPod, pidsOf } from "../lab-support.ts";

const EXTRA_COMPONENTS: Readonly<Record<Extra, string>> = { argo: "argo-rollouts", docker: "dockerd" };

describe("the lab that is up", () => {
  const namespace = "lab-test";
  before(() => kubectl(["create", "namespace", namespace]));
  after(() => kubectl(["delete", "namespace", namespace, "--ignore-not-found", "--wait=false"]));

  it("says that every component is ready, in words and as JSON", async () => {
    const words = await lab("status");
    assert.equal(words.exitCode, 0, words.stdout);
    assert.match(words.stdout, /\nThe lab is up; .* resident in all\.$/);
    const status = await labStatus();
    assert.deepEqual(
      status.components.map(({ name, state }) => `${name} ${state}`),
      [
        "etcd ready",
        "kube-apiserver ready",
        "kube-controller-manager ready",
        "kube-scheduler ready",
        "containerd ready",
        "kubelet ready",
        "istiod ready",
        "envoy ready",
        "prometheus ready",
        "alertmanager ready",
        "rules-sync ready",
        // The tests of an extra may have run before: it stays until the lab goes down.
        ...(await readExtras(labPaths())).map((extra) => `${EXTRA_COMPONENTS[extra]} ready`),
      ],
    );
  });

  it("needs at most 3 GiB of memory", async () => {
    assert.ok((await labStatus()).memoryBytes <= 3 * 2 ** 30);
  });

  it("listens on loopback and its own bridge only", async () => {
    const own = new Set((await findMarkedProcesses(labPaths().state)).map(({ pid }) => pid));
    const udp = parseListeners(await run("ss", ["-Hlunp"]));
    const listeners = [...(await findListeners()), ...udp].filter(({ pid }) => pid !== undefined && own.has(pid));
    const allowed: string[] = ["127.0.0.1", "[::1]", network.bridgeAddress];
    assert.deepEqual(
      listeners.filter(({ address }) => !allowed.includes(address)),
      [],
    );
    const found = new Set(listeners.map(({ port }) => port));
    for (const [name, port] of Object.entries(ports)) assert.ok(found.has(port), `${name} ${port}`);
  });

  it("starts a killed component again, and says so", async () => {
    const find = async () => (await labStatus()).components.find(({ name }) => name === "kube-scheduler");
    const before = await find();
    assert.ok(before?.pid);
    process.kill(before.pid, "SIGKILL");
    let now: Awaited<ReturnType<typeof find>>;
    const isBack = async () => {
      now = await find();
      return now?.state === "ready" && now.pid !== before.pid;
    };
    assert.ok(await waitFor(isBack, { timeoutMs: 30_000 }), JSON.stringify(now));
    assert.equal(now?.restarts, before.restarts + 1);
  });

  it("takes a PrometheusRule for a rule of its Prometheus for as long as it exists", async () => {
    interface Groups {
      groups: { name: string; rules: { name: string; query: string; health: string }[] }[];
    }
    const findRules = async () => {
      const { groups } = await askPrometheus<Groups>("rules");
      return groups.find(({ name }) => name === "lab-test")?.rules.map(({ name, query }) => `${name}=${query}`);
    };
    const rules = [{ record: "lab_test:one", expr: "vector(1)" }];
    await kubectl(["apply", "-f", "-"], {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: "probe", namespace },
      spec: { groups: [{ name: "lab-test", partial_response_strategy: "warn", rules }] },
    });
    assert.ok(await waitFor(async () => (await findRules()) !== undefined, { timeoutMs: 20_000 }));
    assert.deepEqual(await findRules(), ["lab_test:one=vector(1)"]);
    await kubectl(["delete", "prometheusrule", "probe", "-n", namespace]);
    assert.ok(await waitFor(async () => (await findRules()) === undefined, { timeoutMs: 20_000 }));
  });

  it("scrapes annotated pods, with the labels that tell versions apart", async () => {
    await kubectl(["apply", "-f", "-"], metricsPod(namespace, "web"));
    await kubectl(["wait", "--for=condition=Ready", "pod/web", "-n", namespace, "--timeout=60s"]);
    interface Vector {
      result: { metric: Record<string, string>; value: [number, string] }[];
    }
    const query = () => askPrometheus<Vector>(`query?query=sluice_test_total{namespace="${namespace}"}`);
    assert.ok(await waitFor(async () => (await query()).result.length > 0, { timeoutMs: 30_000 }));
    const [series, ...others] = (await query()).result;
    assert.deepEqual(others, []);
    assert.equal(series?.value[1], "5");
    assert.deepEqual(series.metric, {
      __name__: "sluice_test_total",
      app: "web",
      instance: series.metric.instance,
      job: "pods",
      namespace,
      pod: "web",
      slot: "blue",
      version: "v1",
    });
  });

  it("is left as it is by a second `up`", async () => {
    const before = pidsOf(await labStatus());
    const up = await lab("up");
    assert.equal(up.exitCode, 0, up.stderr);
    assert.deepEqual(pidsOf(await labStatus()), before);
  });

  it("refuses a second `up` or `down` while one is at work", async () => {
    // The test holds the lock itself: an `up` of a lab that is up may be over before the second command looks.
    await withLock(labPaths().lock, "up", async () => {
      for (const command of ["up", "down"]) {
        const second = await lab(command);
        assert.equal(second.exitCode, 1);
        assert.equal(second.stderr, `lab: \`lab up\` is at work already (pid ${process.pid}): wait for it, or end it.`);
      }
    });
    assert.equal((await labStatus()).state, "up");
  });

  it("shows a component's log, and names those there are where there is no such log", async () => {
    const known = await lab("logs", "kube-apiserver");
    assert.equal(known.exitCode, 0);
    assert.notEqual(known.stdout, "");
    const unknown = await lab("logs", "nothing");
    assert.equal(unknown.exitCode, 1);
    assert.match(unknown.stderr, /^lab: There is no log of nothing\. There are: .*kube-apiserver, .*supervisord$/);
  });
});
