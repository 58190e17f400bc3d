import assert from "node:assert/strict";
import path from "node:path";
import { liveVersion } from "../../../config/release-state.ts";
import { setFaultsOfSlot } from "../../../lab/faults.ts";
import { assertAgrees, assertServes, releaseGood } from "./claims.ts";
import { kubectl } from "../lab-support.ts";
import { CLUSTER_OBJECTS, GATEWAY_PORT } from "./routers.ts";
import { command, find } from "../../../lab/run-cli.ts";
import { Service } from "../../../lab/service.ts";
import { removeMeanwhile } from "../removals.ts";
import { describeAtLength, itAtLength } from "../at-length.ts";

const CLI = path.resolve("release/cli.ts");
const list = (items: readonly object[]) => ({ apiVersion: "v1", kind: "List", items });

/** What Pulumi finds when its backend is gone. */
const NO_BACKEND = { PULUMI_BACKEND_URL: "file:///dev/null/state" };

/**
 * Begins a release, and kills its program where it stands once a weight is in force.
 *
 * @returns the stable version
 */
async function cutOff(service: Service, version: string): Promise<string> {
  const release = service.start("release", "--image", `sluice-sample:${version}`, "--again");
  await release.waitForEvent((event) => event.type === "weight-observed");
  process.kill(release.pid, "SIGKILL");
  await release.done;
  const { state } = await service.traffic.read();
  assert.ok(state.candidate !== undefined && state.weight > 0);
  return liveVersion(state).version;
}

/** What is told of a promotion that was guarded, in this order. */
const GUARD: readonly string[] = ["promoted", "guarding", "scaled-down", "finished"];

describeAtLength("releases on the Gateway API", () => {
  const name = "switch-gateway";
  const gateway = CLUSTER_OBJECTS.slice(0, 3);
  let service: Service;

  before(async () => {
    await kubectl(["apply", "-f", "-"], list(gateway));
    service = await Service.deploy(name, {
      "sluice:router": { kind: "gateway", hosts: [`${name}.example.com`], gateways: ["istio-system/shop"] },
      "sluice:checks": { baseUrl: `http://127.0.0.1:${GATEWAY_PORT}` },
      "sluice:strategy": { weights: [5, 50, 100], holdback: 10, bake: "4s", guard: "4s", replicas: 1 },
    });
    await service.startTraffic(60, `http://127.0.0.1:${GATEWAY_PORT}`);
  });

  after(async () => {
    removeMeanwhile(service);
    await kubectl(["delete", "-f", "-", "--ignore-not-found"], list(gateway));
  });

  it("bring a good version to all traffic, some held back until its bake is over, and guard it", async () => {
    const run = await releaseGood(service, "1.1.0", [5, 50, 90, 100]);
    const types = run.events.map(({ type }) => type);
    assert.deepEqual(
      types.slice(types.indexOf("promoted")).filter((type) => GUARD.includes(type)),
      GUARD,
    );
    assert.equal((await service.traffic.read()).state.blue?.replicas, 0);
    await assertServes(service, "1.1.0");
    await assertAgrees(service);
  });

  it("take a version off that turns bad at 5 %, and leave the stack as it serves", async () => {
    const release = service.start("release", "--image", "sluice-sample:1.2.0");
    await release.waitForEvent((event) => event.type === "weight-observed");
    await setFaultsOfSlot(name, "checkout", "blue", { errorShare: 0.2 });
    const run = await release.done;
    assert.equal(run.code, 2, run.stdout + run.stderr);
    assert.equal(find(run, "finished").outcome, "rolled-back");
    assert.ok(find(run, "traffic-back").tookMs <= 1_000, `${find(run, "traffic-back").tookMs} ms`);
    await assertServes(service, "1.1.0");
    await assertAgrees(service);
  });

  it("are aborted without Pulumi's backend; the next update finds everything in its place", async () => {
    const stable = await cutOff(service, "1.2.0");
    const args = [CLI, "abort", "--stack", name, "--project", service.project.directory];
    const run = await command(process.execPath, args, undefined, NO_BACKEND);
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.match(run.stdout, /all traffic is on stable \(serial \d+\)/);
    assert.match(run.stdout, /stack and cluster do NOT agree: .* run "sluice sync" and then "pulumi up"/s);
    await assertServes(service, stable);
    assert.doesNotMatch(await service.readFile(), /candidate/);
    await service.project.stack.up({ color: "never" });
    await assertServes(service, stable);
    await assertAgrees(service);
  });
});

describe("blue/green behind a Service's selector", () => {
  const name = "switch-selector";
  let service: Service;
  const route = {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name, namespace: "istio-system" },
    spec: {
      hosts: [`${name}.example.com`],
      gateways: ["istio-ingress/public"],
      http: [{ route: [{ destination: { host: `checkout.${name}.svc.cluster.local`, port: { number: 8080 } } }] }],
    },
  };

  before(async () => {
    await kubectl(["apply", "-f", "-"], list([route]));
    service = await Service.deploy(name, {
      "sluice:router": { kind: "selector" },
      "sluice:strategy": { kind: "blueGreen", replicas: 1, bake: "4s", guard: "off" },
    });
    await service.startTraffic(60);
  });

  after(async () => {
    removeMeanwhile(service);
    await kubectl(["delete", "-f", "-", "--ignore-not-found"], list([route]));
  });

  it("has nobody to undo before the first release", async () => {
    const run = await service.run("switch");
    assert.equal(run.code, 1, run.stdout);
    assert.equal(run.stderr, "Slot green is empty: there is no version to switch to.\n");
  });

  it("brings a good version to all traffic without a failed request", async () => {
    await releaseGood(service, "1.1.0", [100]);
    await assertServes(service, "1.1.0");
    await assertAgrees(service);
  });

  it("switches to the other warm version at once, and undoes that", async () => {
    const began = Date.now();
    const back = await service.run("switch");
    assert.equal(back.code, 0, back.stdout + back.stderr);
    assert.equal(find(back, "switched").version, "1.0.0");
    await assertServes(service, "1.0.0");
    await assertAgrees(service);
    const undone = await service.run("undo", "--to", "1.1.0");
    assert.equal(undone.code, 0, undone.stdout + undone.stderr);
    await assertServes(service, "1.1.0");
    await assertAgrees(service);
    assert.deepEqual(service.failures(began), []);
  });

  it("takes a bad version off", async () => {
    const release = service.start("release", "--image", "sluice-sample:1.2.0");
    await release.waitForEvent((event) => event.type === "ready");
    await setFaultsOfSlot(name, "checkout", "blue", { errorShare: 0.2 });
    const run = await release.done;
    assert.equal(run.code, 2, run.stdout + run.stderr);
    await assertServes(service, "1.1.0");
    await assertAgrees(service);
  });

  itAtLength("is aborted with nothing but the cluster; sync and an update do the rest", async () => {
    const stable = await cutOff(service, "1.2.0");
    const run = await command(process.execPath, [CLI, "abort", "--app", `${name}/checkout`]);
    assert.equal(run.code, 1, run.stdout + run.stderr);
    assert.match(run.stdout, /all traffic is on stable/);
    assert.match(run.stdout, /no stack was named/);
    await assertServes(service, stable);
    const sync = await service.run("sync");
    assert.equal(sync.code, 0, sync.stderr);
    await service.project.stack.up({ color: "never" });
    await assertServes(service, stable);
    await assertAgrees(service);
  });
});
