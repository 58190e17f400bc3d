import assert from "node:assert/strict";
import { dockerNames } from "../../../config/docker-host.ts";
import { connectEngine } from "../../../engine/connect.ts";
import { HostService } from "../../../lab/docker/host-service.ts";
import { loadNodeImage } from "../../../lab/docker/images.ts";
import { editStackFile, find } from "../../../lab/run-cli.ts";
import { labPaths } from "../../../lab/settings.ts";
import { waitFor } from "../../../lab/wait.ts";
import { watchdogImage, withWatchdogBundle } from "../../../lab/watchdog-image.ts";
import { labStatus, pidsOf } from "../lab-support.ts";
import { describeAtLength } from "../at-length.ts";

const LEASE_S = 15;
/** A look and a write are commands in the edge's container, which a busy machine takes a second to start each. */
const WITHIN_S = 5;
const PORT = 18_095;
const TOKEN = "a-token-for-the-lab-only";

/** Programs that die, and what else fails on a Docker host; every moment of a death is in test/release/crash.test.ts. */
describeAtLength("a release on a Docker host under faults", () => {
  let service: HostService;

  before(async () => {
    service = await HostService.deploy("nginx");
    await service.startTraffic(100);
  });
  // Other tests deploy a service of this name.
  after(() => service.remove());
  // What one test has left must not stop the next.
  afterEach(async () => {
    await service.run("resume", "--now");
  });

  const weightOfCandidate = async () => {
    const { state, weights } = await service.traffic.read();
    return weights[state.live === "blue" ? "green" : "blue"];
  };
  const engine = connectEngine({ host: `unix://${labPaths().dockerSocket}` });
  const watchdog = () => engine.getContainer(dockerNames.watchdog(service.config.app));
  const logOfWatchdog = async () => (await watchdog().logs({ stdout: true, stderr: true })).toString();

  /** The watchdog as users have it: the release program's bundle in a container, declared by the stack file. */
  it("has a watchdog beside it, by one update that touches nothing else", async () => {
    const { project } = service;
    await withWatchdogBundle((app) => loadNodeImage(engine, watchdogImage, app));
    const began = Date.now();
    await project.stack.setConfig("sluice:secrets.WATCHDOG_TOKEN", { value: TOKEN, secret: true }, true);
    await editStackFile(project.stackFile, ["sluice:watchdog"], {
      image: watchdogImage.name,
      socket: labPaths().dockerSocket,
      alerts: { tokenSecret: "WATCHDOG_TOKEN", port: PORT },
    });
    const { summary } = await project.stack.up({ color: "never" });
    const { same: _, ...changes } = summary.resourceChanges ?? {};
    assert.deepEqual(changes, { create: 2 });
    assert.deepEqual(service.failures(began), []);
    const name = `${service.config.app.namespace}/checkout`;
    const isFound = async () => (await logOfWatchdog()).includes(`${name}: found`);
    assert.ok(await waitFor(isFound, { timeoutMs: 20_000 }), await logOfWatchdog());
    const again = await service.preview();
    assert.equal(again.code, 0, again.stdout + again.stderr);
  });

  it("loses its candidate's traffic by the watchdog once its lease has run out", async () => {
    const release = service.start("release", "--image", "sluice-sample:1.1.0");
    await release.waitForEvent((event) => event.type === "weight-observed" && event.weight === 5);
    process.kill(release.pid, "SIGKILL");
    await release.done;
    const killedAt = Date.now();
    assert.equal(await weightOfCandidate(), 5);
    const back = await waitFor(async () => (await weightOfCandidate()) === 0, { timeoutMs: 30_000, intervalMs: 100 });
    assert.ok(back, await logOfWatchdog());
    const tookS = (Date.now() - killedAt) / 1_000;
    assert.ok(tookS <= LEASE_S + WITHIN_S, `${tookS} s`);
    assert.deepEqual(service.failures(killedAt), []);
    const resumed = await service.run("resume");
    assert.equal(resumed.code, 2, resumed.stdout + resumed.stderr);
    assert.match(find(resumed, "finished").reason, /has died, and watchdog@checkout-watchdog took the traffic back$/);
  });

  it("is stopped at a critical alert, from whoever knows the token", async () => {
    const { namespace } = service.config.app;
    const labels = { alertname: "X", app: "checkout", namespace, severity: "critical" };
    const send = (token: string) =>
      fetch(`http://127.0.0.1:${PORT}/alerts`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ alerts: [{ status: "firing", labels }] }),
      });
    const release = service.start("release", "--image", "sluice-sample:1.1.0");
    await release.waitForEvent((event) => event.type === "weight-observed" && event.weight === 5);
    assert.equal((await send("somebody else's")).status, 401);
    assert.equal(await weightOfCandidate(), 5);
    assert.equal((await send(TOKEN)).status, 200, await logOfWatchdog());
    assert.equal(await weightOfCandidate(), 0);
    assert.equal((await release.done).code, 2);
    assert.equal(find(await service.run("resume"), "finished").outcome, "rolled-back");
  });

  it("keeps its token from the service", async () => {
    const { app } = service.config;
    const { Config } = await engine.getContainer(dockerNames.container(app, "blue", 0)).inspect();
    assert.ok(!Config.Env.some((variable) => variable.includes(TOKEN)));
    assert.ok((await watchdog().inspect()).Config.Env.some((variable) => variable.includes(TOKEN)));
  });

  it("is refused when the engine cannot get its image", async () => {
    const began = Date.now();
    const run = await service.release("9.9.9");
    assert.equal(run.code, 2, run.stdout + run.stderr);
    const { outcome, reason } = find(run, "finished");
    assert.equal(outcome, "refused");
    assert.match(reason, /image sluice-sample:9\.9\.9 is not on this host, and cannot be pulled/);
    assert.deepEqual(service.failures(began), []);
  });

  it("is refused when its container never is healthy", async () => {
    const began = Date.now();
    // An image of something else, which ends at once without its arguments.
    const run = await service.run("release", "--image", watchdogImage.name, "--version", "1.2.9");
    assert.equal(run.code, 2, run.stdout + run.stderr);
    const { outcome, reason } = find(run, "finished");
    assert.equal(outcome, "refused");
    // Whoever sees it first says so: Pulumi's provider, or the program's own look.
    assert.match(reason, /container \S+-green-0 (ends with \d+ again and again|ended \d+ times while starting)/);
    assert.deepEqual(service.failures(began), []);
  });

  it("loses its traffic once an engine answers again that was silent in the middle of a step", async () => {
    const dockerd = pidsOf(await labStatus()).dockerd;
    assert.ok(dockerd != null);
    const release = service.start("release", "--image", "sluice-sample:1.2.0");
    await release.waitForEvent((event) => event.type === "decided" && event.decision === "advance");
    process.kill(dockerd, "SIGSTOP");
    try {
      await release.waitForEvent(({ type }) => type === "rolling-back");
    } finally {
      process.kill(dockerd, "SIGCONT");
    }
    const run = await release.done;
    assert.equal(run.code, 2, run.stdout + run.stderr);
    const { state, weights } = await service.traffic.read();
    assert.equal(state[state.live]?.version, "1.0.0");
    assert.equal(weights[state.live], 100);
    assert.match((await service.run("status")).stdout, /"kind":"finished"/);
  });

  it("goes on when the edge dies: the engine starts it again, with the weights that it had", async () => {
    const release = service.start("release", "--image", "sluice-sample:1.2.0");
    await release.waitForEvent((event) => event.type === "weight-observed" && event.weight === 5);
    const edge = engine.getContainer(dockerNames.edge(service.config.app));
    const before = await edge.inspect();
    process.kill(before.State.Pid, "SIGKILL");
    const run = await release.done;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.equal(find(run, "finished").outcome, "promoted");
    assert.equal((await edge.inspect()).RestartCount, before.RestartCount + 1);
    const { state, weights } = await service.traffic.read();
    assert.equal(state[state.live]?.version, "1.2.0");
    assert.equal(weights[state.live], 100);
  });

  it("is over in the end, on a version that serves, when the engine dies and takes all containers along", async () => {
    const before = pidsOf(await labStatus()).dockerd;
    assert.ok(before != null);
    const release = service.start("release", "--image", "sluice-sample:1.0.0");
    await release.waitForEvent((event) => event.type === "sampled" && event.weight === 5);
    process.kill(before, "SIGKILL");
    const { code, stderr, stdout } = await release.done;
    assert.ok([0, 2].includes(code), stdout + stderr);
    const { state, weights } = await service.traffic.read();
    assert.equal(state[state.live]?.version, code === 0 ? "1.0.0" : "1.2.0");
    assert.equal(weights[state.live], 100);
    const preview = await service.preview();
    assert.equal(preview.code, 0, preview.stdout);
  });
});
