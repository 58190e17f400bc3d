import assert from "node:assert/strict";
import path from "node:path";
import { importNodeImage } from "../../../lab/images.ts";
import { network, ports } from "../../../lab/settings.ts";
import { waitFor } from "../../../lab/wait.ts";
import { watchdogImage, withWatchdogBundle } from "../../../lab/watchdog-image.ts";
import { command, editStackFile, find } from "../../../lab/run-cli.ts";
import { Service } from "../../../lab/service.ts";
import { removeMeanwhile } from "../removals.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const NAME = "crash";
const LEASE_S = 15;
const TOKEN = "a-token-for-the-lab-only";
const WATCHDOG = "app.kubernetes.io/name=checkout-watchdog";

const kubectl = async (...args: string[]) => {
  const { code, stderr, stdout } = await command("kubectl", ["--namespace", NAME, ...args], ROOT);
  assert.equal(code, 0, stderr);
  return stdout;
};
const logOfWatchdog = () => kubectl("logs", "-l", WATCHDOG, "--tail=-1");

/** The watchdog as users have it: the release program's bundle in a pod, with no more rights than its Role gives. */
async function deployWatchdog({ project }: Service): Promise<void> {
  await withWatchdogBundle((app) => importNodeImage(watchdogImage, app));
  await kubectl("create", "secret", "generic", "watchdog", `--from-literal=token=${TOKEN}`);
  await editStackFile(project.stackFile, ["sluice:watchdog"], {
    image: watchdogImage.name,
    apiServer: `${network.bridgeAddress}:${ports.apiServer}`,
    alerts: { tokenSecret: "watchdog" },
  });
  await project.stack.up({ color: "never" });
}

/** Programs that die, and who comes after them; the whole table of moments is in test/release/crash.test.ts. */
describe("a release whose program dies", () => {
  let service: Service;

  before(async () => {
    service = await Service.deploy(NAME);
    await service.startTraffic();
  });
  after(() => removeMeanwhile(service));

  const weightOfCandidate = async () => {
    const { state, weights } = await service.traffic.read();
    return weights[state.live === "blue" ? "green" : "blue"];
  };
  /** Starts a release, and kills it with everything that it started once it has told this. */
  const killRelease = async (version: string, type: string, weight: number) => {
    const release = service.start("release", "--image", `sluice-sample:${version}`);
    await release.waitForEvent((event) => event.type === type && "weight" in event && event.weight === weight);
    process.kill(release.pid, "SIGKILL");
    await release.done;
    return Date.now();
  };

  it("refuses a second release while the first one lives, and says who holds it", async () => {
    const first = service.start("release", "--image", "sluice-sample:1.1.0");
    await first.waitForEvent(({ type }) => type === "deploying");
    const second = await service.release("1.2.0");
    process.kill(first.pid, "SIGINT");
    assert.equal((await first.done).code, 130);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`/${first.pid} drives it, last heard of .* ago\\.`));
  });

  it("goes on where it stood, to the end, without a failed request", async () => {
    const killedAt = await killRelease("1.1.0", "weight-observed", 5);
    const status = await service.run("status");
    assert.match(status.stdout, /"kind":"(observe|dwell)"/);
    const resumed = await service.run("resume", "--now");
    assert.equal(resumed.code, 0, resumed.stdout + resumed.stderr);
    assert.equal(find(resumed, "finished").outcome, "promoted");
    assert.equal((await service.traffic.read()).state.live, "green");
    assert.deepEqual(service.failures(killedAt), []);
  });

  it("loses its candidate's traffic by the watchdog within its lease and two seconds", async () => {
    await deployWatchdog(service);
    const found = await waitFor(async () => (await logOfWatchdog()).includes(`${NAME}/checkout: found`), {
      timeoutMs: 20_000,
    });
    assert.ok(found, await logOfWatchdog());
    const killedAt = await killRelease("1.2.0", "weight-observed", 5);
    assert.equal(await weightOfCandidate(), 5);
    const back = await waitFor(async () => (await weightOfCandidate()) === 0, { timeoutMs: 30_000, intervalMs: 100 });
    assert.ok(back, await logOfWatchdog());
    const tookS = (Date.now() - killedAt) / 1_000;
    assert.ok(tookS <= LEASE_S + 2, `${tookS} s`);
    const resumed = await service.run("resume");
    assert.equal(resumed.code, 2, resumed.stdout + resumed.stderr);
    assert.match(
      find(resumed, "finished").reason,
      /has died, and watchdog@checkout-watchdog-\S+ took the traffic back$/,
    );
  });

  it("is stopped at a critical alert, from whoever knows the token", async () => {
    const alert = {
      status: "firing",
      labels: { alertname: "X", app: "checkout", namespace: NAME, severity: "critical" },
    };
    const pod = await kubectl("get", "pod", "-l", WATCHDOG, "-o", "jsonpath={.items[0].status.podIP}");
    const send = (token: string) =>
      fetch(`http://${pod}:8090/alerts`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({ alerts: [alert] }),
      });
    const release = service.start("release", "--image", "sluice-sample:1.0.0");
    await release.waitForEvent((event) => event.type === "weight-observed" && event.weight === 5);
    assert.equal((await send("somebody else's")).status, 401);
    assert.equal(await weightOfCandidate(), 5);
    assert.equal((await send(TOKEN)).status, 200);
    assert.equal(await weightOfCandidate(), 0);
    assert.equal((await release.done).code, 2);
    assert.equal(find(await service.run("resume"), "finished").outcome, "rolled-back");
  });

  it("remembers what was released, and tells it again", async () => {
    const { code, stdout } = await service.run("history");
    assert.equal(code, 0);
    const releases = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { version: string; outcome: string });
    assert.deepEqual(
      releases.map(({ outcome, version }) => `${version} ${outcome}`),
      ["1.0.0 rolled-back", "1.2.0 rolled-back", "1.1.0 promoted", "1.1.0 refused"],
    );
    const shown = await service.run("show", "1.2.0");
    assert.match(shown.stdout, /took the traffic back/);
  });
});
