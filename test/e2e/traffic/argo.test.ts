import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { isFailed } from "../../../lab/load/answer.ts";
import { startLoad, type LoadRun } from "../../../lab/load.ts";
import { createLabProject, removeStack, type LabProject } from "../../../lab/project.ts";
import { urls } from "../../../lab/settings.ts";
import { waitFor } from "../../../lab/wait.ts";
import { kubectl, lab } from "../lab-support.ts";
import { command } from "../../../lab/run-cli.ts";

const NAMESPACE = "argo";
const HOST = "argo.example.com";

interface Rollout {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly abort?: boolean;
    readonly observedGeneration?: string;
    readonly canary?: { readonly weights?: { readonly canary: { readonly weight: number } } };
  };
}

interface VirtualService {
  readonly metadata: {
    readonly managedFields: readonly { readonly manager: string; readonly fieldsV1: { readonly "f:spec"?: object } }[];
  };
  readonly spec: { readonly http: readonly { readonly route: readonly { readonly weight?: number }[] }[] };
}

/** One service through a good and a bad version; the second test begins where the first ended. */
describe("Argo Rollouts on the lab", () => {
  let project: LabProject;
  let load: LoadRun;

  before(async () => {
    const { exitCode, stderr } = await lab("up", "--argo");
    assert.equal(exitCode, 0, stderr);
    project = await createLabProject(path.resolve("build/e2e/argo"), "argo", {
      "sluice:app": { name: "checkout", namespace: NAMESPACE },
      "sluice:router": { hosts: [HOST] },
      "sluice:strategy": {
        kind: "argo",
        replicas: 1,
        scaleDownDelay: "15s",
        // The machine's own load may make a good version as slow as 100 ms.
        analysis: { latencyP99: "2500ms", interval: "5s", failureLimit: 1 },
        plan: {
          kind: "canary",
          steps: [
            { weight: 20, pause: "10s" },
            { weight: 50, pause: "10s" },
          ],
          analyseFromStep: 1,
        },
      },
      "sluice:release": { blue: { replicas: 1 } },
    });
    await project.stack.up({ color: "never" });
    await reach("Healthy");
    load = startLoad({
      url: `${urls.ingress}/api/quote`,
      host: HOST,
      rps: 100,
      seconds: 300,
      out: path.resolve("build/e2e/argo.jsonl"),
    });
    await settle(() => load.answers().some(({ status }) => status === 200), "no request was answered");
  });

  after(async () => {
    await load.stop();
    await removeStack(project.stack);
  });

  it("brings a good version to all traffic without a failed request, whatever else is updated meanwhile", async () => {
    const began = Date.now();
    await declare("1.0.0", "1.1.0");
    const { summary } = await project.stack.up({ color: "never" });
    assert.equal(summary.resourceChanges?.update, 1, JSON.stringify(summary.resourceChanges));
    await settle(async () => (await readWeights()).canary === 20, "weight 20 was not set");

    // The hosts are ours and the weights are Argo's: neither takes back what the other wrote.
    await declare(`- ${HOST}`, `- ${HOST}\n      - other.${HOST}`);
    const meanwhile = await project.stack.up({ color: "never", refresh: true });
    assert.equal(meanwhile.summary.resourceChanges?.update, 1, meanwhile.stdout);
    assert.match(meanwhile.stdout, /VirtualService checkout-routes-hosts updated/);
    assert.deepEqual(await weightWriters(), ["rollouts-controller"]);

    await reach("Healthy");
    assert.deepEqual(await readWeights(), { live: 100, canary: 0 });
    const answers = load.answers().filter(({ startMs }) => startMs >= began);
    assert.deepEqual(answers.filter(isFailed), []);
    assert.deepEqual(new Set(answers.map(({ version }) => version)), new Set(["1.0.0", "1.1.0"]));
    await settle(() => load.answers().at(-1)?.version === "1.1.0", "the new version does not serve");
  });

  it("finds nothing to change afterwards", async () => {
    const { changeSummary, stdout } = await project.stack.preview({ color: "never", refresh: true });
    assert.deepEqual(Object.keys(changeSummary), ["same"], stdout);
  });

  it("is aborted by a command: the traffic is back, and the stack declares what serves", async () => {
    const began = Date.now();
    await declare("1.1.0", "1.2.0");
    await project.stack.up({ color: "never" });
    await settle(async () => (await readWeights()).canary === 20, "weight 20 was not set");
    const args = [path.resolve("release/cli.ts"), "abort", "--stack", "argo", "--project", project.directory];
    const { code, stderr, stdout } = await command(process.execPath, args);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /rolling back from 20 %: asked for by the operator[^]*all traffic is on stable/);
    assert.deepEqual(await readWeights(), { live: 100, canary: 0 });
    assert.match(await readFile(project.stackFile, "utf8"), /version: 1\.1\.0/);
    await reach("Healthy");
    await settle(() => lastServed("1.2.0") < Date.now() - 2_000, "the aborted version serves on");
    assert.deepEqual(
      load.answers().filter((answer) => answer.startMs >= began && isFailed(answer)),
      [],
    );
  });

  it("takes a bad version off by its analysis, and only that version failed", async () => {
    const began = Date.now();
    await declare("1.1.0", "1.4.0");
    await project.stack.up({ color: "never" });
    const { status } = await reach("Degraded");
    const decided = Date.now();
    assert.equal(status?.abort, true);
    assert.match(status.message ?? "", /RolloutAborted: .*Metric "success-rate" assessed Failed/);
    await settle(async () => (await readWeights()).canary === 0, "the weight was not taken back");
    await settle(() => lastServed("1.4.0") < Date.now() - 2_000, "the bad version serves on");
    assert.ok(lastServed("1.4.0") - decided <= 3_000, `served until ${lastServed("1.4.0") - decided} ms later`);
    const failures = load.answers().filter((answer) => answer.startMs >= began && isFailed(answer));
    assert.ok(failures.length > 0);
    assert.deepEqual(new Set(failures.map(({ version }) => version)), new Set(["1.4.0"]));
  });

  /** Changes the stack file, as a user does. */
  async function declare(from: string, to: string): Promise<void> {
    const text = await readFile(project.stackFile, "utf8");
    assert.ok(text.includes(from), text);
    await writeFile(project.stackFile, text.replaceAll(from, to));
  }

  function lastServed(version: string): number {
    return Math.max(0, ...load.answers().flatMap((answer) => (answer.version === version ? [answer.startMs] : [])));
  }
});

/** Waits until Argo has taken the Rollout as it is declared now to this end. */
async function reach(phase: "Healthy" | "Degraded"): Promise<Rollout> {
  let rollout: Rollout | undefined;
  const isThere = async () => {
    rollout = JSON.parse(await get("rollout", "checkout")) as Rollout;
    const { metadata, status } = rollout;
    return status?.phase === phase && status.observedGeneration === String(metadata.generation);
  };
  await settle(isThere, () => `the Rollout is not ${phase}: ${JSON.stringify(rollout?.status)}`);
  assert.ok(rollout !== undefined);
  return rollout;
}

async function readWeights(): Promise<{ live: number; canary: number }> {
  const { spec } = JSON.parse(await get("virtualservice", "checkout-weights")) as VirtualService;
  const [live, canary] = spec.http[0]?.route ?? [];
  return { live: live?.weight ?? 0, canary: canary?.weight ?? 0 };
}

/** Who has written the routes that are in force. */
async function weightWriters(): Promise<readonly string[]> {
  const { metadata } = JSON.parse(await get("virtualservice", "checkout-weights")) as VirtualService;
  return metadata.managedFields
    .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1["f:spec"] ?? {}).includes("f:http"))
    .map(({ manager }) => manager);
}

function get(kind: string, name: string): Promise<string> {
  return kubectl(["get", kind, name, "--namespace", NAMESPACE, "--output", "json", "--show-managed-fields"]);
}

async function settle(isSo: () => boolean | Promise<boolean>, otherwise: string | (() => string)): Promise<void> {
  const settled = await waitFor(async () => isSo(), { timeoutMs: 60_000, intervalMs: 200 });
  assert.ok(settled, typeof otherwise === "string" ? otherwise : otherwise());
}
