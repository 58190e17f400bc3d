import assert from "node:assert/strict";
import { noFaults, setFaultsOfSlot, type Faults } from "../../../lab/faults.ts";
import { waitFor } from "../../../lab/wait.ts";
import { askPrometheus } from "../lab-support.ts";
import { Service } from "../../../lab/service.ts";
import { removeMeanwhile } from "../removals.ts";
import { describeAtLength } from "../at-length.ts";

const NAME = "alerts";

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
}

/** A candidate that has half of the traffic, and that nobody takes off: only the alerts are to tell. */
describeAtLength("alerts on the lab", () => {
  let service: Service;
  before(async () => {
    service = await Service.deploy(NAME, {
      // A young JVM's p99 is several times that of a warm one now and then; the slow candidate's is thirty times as high.
      "sluice:observability": { rules: true, holdFor: "4s", degradationFor: "4s", degradation: 8 },
      "sluice:release": {
        blue: { replicas: 1 },
        candidate: "green",
        green: { version: "1.1.0", image: "sluice-sample:1.1.0", replicas: 1 },
        weight: 50,
      },
    });
    await service.startTraffic(100);
  });
  after(() => removeMeanwhile(service));

  it("are rules of Prometheus, and quiet while all is well", async () => {
    const loaded = await waitFor(async () => (await rules()).length > 0, { timeoutMs: 30_000 });
    assert.ok(loaded);
    // A candidate that has just started may be slow for a while.
    let quietSince: number | undefined;
    const isQuiet = async () => {
      const quiet = (await rules()).every(({ state }) => state === "inactive");
      quietSince = quiet ? (quietSince ?? Date.now()) : undefined;
      return quietSince !== undefined && Date.now() - quietSince >= 10_000;
    };
    await waitFor(isQuiet, { timeoutMs: 90_000 });
    assert.deepEqual(
      (await rules()).map(({ health, name, state }) => `${name} ${health} ${state}`),
      [
        "CanaryHighErrorRate ok inactive",
        "CanaryHighLatency ok inactive",
        "CanaryPerformanceDegradation ok inactive",
        "DeploymentFailed ok inactive",
        "PodRestarting ok inactive",
        "ServiceUnavailable ok inactive",
      ],
    );
  });

  it("fire for a candidate that fails, and clear when it no longer does", async () => {
    const fired = await provoke({ errorShare: 0.2 }, ["CanaryHighErrorRate"]);
    const { annotations, labels } = fired[0] ?? assert.fail("no alert");
    assert.deepEqual(labels, {
      alertname: "CanaryHighErrorRate",
      app: "checkout",
      namespace: NAME,
      severity: "critical",
      slot: "green",
    });
    assert.equal(annotations.summary, "Candidate 1.1.0 of checkout (slot green) fails too many requests");
    assert.match(
      annotations.description ?? "",
      /^\d+(\.\d+)?% of the requests to it failed with status 5xx, above 1 %\.$/,
    );
  });

  it("fire for a candidate that is slow, against the limit and against the live version", async () => {
    await provoke({ latencyMs: 300 }, ["CanaryHighLatency", "CanaryPerformanceDegradation"]);
  });

  it("say nothing of the live version, which is watched by the gate and the service's own objectives", async () => {
    await setFaultsOfSlot(NAME, "checkout", "blue", { errorShare: 0.2 });
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    assert.deepEqual(await active(), []);
    await setFaultsOfSlot(NAME, "checkout", "blue", noFaults);
  });
});

/** Puts a fault on the candidate, waits until exactly these alerts fire, takes it off and waits until none is left. */
async function provoke(faults: Partial<Faults>, expected: readonly string[]): Promise<readonly Alert[]> {
  await setFaultsOfSlot(NAME, "checkout", "green", faults);
  const firing = async () => (await active()).filter(({ state }) => state === "firing");
  const fired = await waitFor(async () => (await firing()).length >= expected.length, { timeoutMs: 40_000 });
  const alerts = await firing();
  assert.ok(fired, `firing: ${JSON.stringify(alerts)}`);
  assert.deepEqual(alerts.map(({ labels }) => labels.alertname).toSorted(), expected);
  await setFaultsOfSlot(NAME, "checkout", "green", noFaults);
  const cleared = await waitFor(async () => (await active()).length === 0, { timeoutMs: 40_000 });
  assert.ok(cleared, `still active: ${JSON.stringify(await active())}`);
  return alerts;
}

async function active(): Promise<readonly Alert[]> {
  const { alerts } = await askPrometheus<{ alerts: Alert[] }>("alerts");
  return alerts.filter(({ labels }) => labels.namespace === NAME);
}

interface Rule {
  readonly name: string;
  readonly health: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
}

async function rules(): Promise<readonly Rule[]> {
  const { groups } = await askPrometheus<{ groups: { rules: Rule[] }[] }>("rules?type=alert");
  return groups.flatMap((group) => group.rules.filter(({ labels }) => labels.namespace === NAME));
}
