import assert from "node:assert/strict";
import path from "node:path";
import { HostService } from "../../lab/docker/host-service.ts";
import type { ReleasedService } from "../../lab/released-service.ts";
import { command, find, startWatchdog } from "../../lab/run-cli.ts";
import { Service } from "../../lab/service.ts";
import { waitFor } from "../../lab/wait.ts";
import { readStackFile } from "../../release/adapters/stack-file.ts";
import { removeMeanwhile } from "../e2e/removals.ts";
import { PROMOTED, uninterrupted } from "../release/phases.ts";
import { STACK, stackConfig, type WorldOptions } from "../release/world.ts";

const PROGRAM = path.resolve(import.meta.dirname, "mortal-release.ts");
const STRATEGY = { kind: "canary", weights: [5, 100], replicas: 1, bake: "4s", guard: "5s" };
const LEASE_S = 15;
/** 128 and the number of SIGKILL. */
const KILLED = 137;
const FAULT = JSON.stringify({ errorShare: 0.5 });

/** The phases that the release goes through whose deaths are tried, in their order. */
const namesOf = async (options: WorldOptions) =>
  (await uninterrupted({ ...options, config: stackConfig({ strategy: { ...STACK.strategy, ...STRATEGY } }) })).names;
const good = await namesOf({});
const bad = (await namesOf({ failing: (_ms, { green }) => ({ blue: 0, green: green > 0 ? 0.5 : 0 }) })).filter(
  (name) => !good.includes(name),
);

/** As long as a load may last. */
const LOAD_S = 3_600;

/** Where services run: how one is deployed there, and gets its traffic. */
const PLACES: readonly { where: string; deploy(): Promise<Released> }[] = [
  {
    where: "in the cluster",
    async deploy() {
      const service = await Service.deploy("crash-table", { "sluice:strategy": STRATEGY });
      return { service, withinS: 2, startTraffic: () => service.startTraffic(50, undefined, LOAD_S) };
    },
  },
  {
    where: "on a Docker host",
    async deploy() {
      const service = await HostService.deploy("nginx", { "sluice:strategy": STRATEGY });
      return { service, withinS: 5, startTraffic: () => service.startTraffic(50, LOAD_S) };
    },
  },
];

interface Released {
  /** How long the watchdog may take once a lease has run out, s: on a Docker host each look is a command in a container. */
  readonly withinS: number;
  readonly service: ReleasedService;
  startTraffic(): Promise<void>;
}

/** The whole table of deaths, with the real router, journal, lease and Pulumi; `make test-full`. */
for (const { deploy, where } of PLACES) {
  describe(`the crash table ${where}`, () => {
    let service: ReleasedService;
    let startTraffic: Released["startTraffic"];
    let withinS: number;
    before(async () => {
      ({ service, startTraffic, withinS } = await deploy());
    });
    after(() => removeMeanwhile(service));

    /** Releases the good version that is not live, until it is dead. */
    const die = async (when: "before" | "after", phase: string, ...fault: string[]) => {
      const { state } = await service.traffic.read();
      const version = state[state.live]?.version === "1.0.0" ? "1.1.0" : "1.0.0";
      const { directory, stackName } = service.project;
      const args = [PROGRAM, directory, stackName, `sluice-sample:${version}`, when, phase, ...fault];
      const began = Date.now();
      const { code, stderr } = await command(process.execPath, args);
      assert.equal(code, KILLED, stderr);
      return { began, diedAt: Date.now(), old: state.live };
    };

    /** Router, stack file, stack and journal tell the same. */
    const assertAgreement = async (live: string) => {
      const { state, weights } = await service.traffic.read();
      assert.equal(state.live, live);
      assert.deepEqual(weights, { blue: 0, green: 0, [live]: 100 });
      assert.deepEqual((await readStackFile(service.project.stackFile)).release, state);
      const preview = await service.preview();
      assert.equal(preview.code, 0, preview.stdout);
      const latest = await service.run("status");
      assert.match(latest.stdout, /"kind":"finished"/);
    };
    const newOf = (old: string) => (old === "blue" ? "green" : "blue");

    describe("good, then resumed", () => {
      before(() => startTraffic());
      after(() => service.stopTraffic());
      for (const phase of good) {
        for (const when of ["before", "after"] as const) {
          it(`killed ${when} it wrote "${phase}"`, async () => {
            const { began, old } = await die(when, phase);
            const resumed = await service.run("resume", "--now");
            const begun = phase !== good[0] || when === "after";
            const isOver = phase === "finished" && when === "after";
            if (!begun || isOver) assert.match(resumed.stderr, /There is no release to go on with\./);
            else assert.equal(find(resumed, "finished").outcome, "promoted", resumed.stdout + resumed.stderr);
            if (begun) await assertAgreement(newOf(old));
            assert.deepEqual(service.failures(began), []);
          });
        }
      }
    });

    describe("bad, then resumed", () => {
      before(() => startTraffic());
      after(() => service.stopTraffic());
      for (const phase of bad) {
        for (const when of ["before", "after"] as const) {
          it(`killed ${when} it wrote "${phase}"`, async () => {
            const { old } = await die(when, phase, FAULT);
            const resumed = await service.run("resume", "--now");
            assert.equal(find(resumed, "finished").outcome, "rolled-back", resumed.stdout + resumed.stderr);
            await assertAgreement(old);
          });
        }
      }
    });

    describe("good, with a watchdog", () => {
      let watchdog: ReturnType<typeof startWatchdog>;
      before(async () => {
        await startTraffic();
        watchdog = startWatchdog(service.config);
      });
      after(async () => {
        watchdog.kill();
        await service.stopTraffic();
      });

      for (const phase of good.slice(good.indexOf("observe 0"))) {
        it(`killed after it wrote "${phase}"`, async () => {
          const { diedAt, old } = await die("after", phase);
          if (!PROMOTED.includes(phase)) {
            const isBack = async () =>
              (await service.traffic.read()).weights[old === "blue" ? "blue" : "green"] === 100;
            assert.ok(await waitFor(isBack, { timeoutMs: 60_000, intervalMs: 100 }), "the traffic is not back");
            assert.ok(Date.now() - diedAt <= (LEASE_S + withinS) * 1_000, `${Date.now() - diedAt} ms`);
          }
          await service.run("resume", "--now");
          await assertAgreement(PROMOTED.includes(phase) ? newOf(old) : old);
        });
      }
    });
  });
}
