import assert from "node:assert/strict";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { labEnvironment } from "../../../lab/environment.ts";
import { removeStack } from "../../../lab/project.ts";
import { kubectl } from "../lab-support.ts";
import { ask, askMany, CLUSTER_OBJECTS, programAt, untilAnswers } from "./routers.ts";
import { importWebImages } from "../web-image.ts";

const TESTER = { "x-canary": "true" };
const ALL = { istio: 0, gateway: 0, random: 0, experiment: 0, selector: 0 };

describe("routers under real traffic", () => {
  let stack: Stack;
  const list = { apiVersion: "v1", kind: "List", items: CLUSTER_OBJECTS };
  const moveTo = async (weights: typeof ALL, serial: number) => {
    await stack.up({ color: "never", program: programAt(weights, serial) });
  };

  before(async () => {
    Object.assign(process.env, labEnvironment());
    await importWebImages();
    await kubectl(["apply", "-f", "-"], list);
    const named = { stackName: "routers", projectName: "sluice-routers" };
    stack = await LocalWorkspace.createOrSelectStack({ ...named, program: programAt(ALL, 1) });
    await stack.cancel().catch(() => undefined);
    await moveTo(ALL, 1);
    await untilAnswers("istio", "1.1.0", TESTER);
    await untilAnswers("gateway", "1.1.0", TESTER);
    await untilAnswers("random", "1.0.0");
    await untilAnswers("experiment", "1.0.0");
    await untilAnswers("selector", "1.0.0");
  });

  after(async () => {
    await removeStack(stack);
    await kubectl(["delete", "-f", "-", "--ignore-not-found"], list);
  });

  it("at weight 0: nobody but testers and segments sees the candidate", async () => {
    assert.deepEqual(await askMany("istio", 40), { "1.0.0": 40 });
    assert.deepEqual(await askMany("random", 40), { "1.0.0": 40 });
    assert.deepEqual(await askMany("selector", 40), { "1.0.0": 40 });
    assert.deepEqual(await askMany("experiment", 100, bucket), { "1.0.0": 100 });
    assert.equal(await ask("gateway", TESTER), "1.1.0");
    assert.equal(await ask("istio", { "x-canary": "yes" }), "1.0.0");
  });

  it("segments have their side: by header, cookie and user agent, the first in order", async () => {
    const cases: readonly (readonly ["istio" | "gateway", Record<string, string>, string])[] = [
      ["istio", { "user-agent": "Shop/7 (internal build)" }, "1.1.0"],
      ["istio", { "user-agent": "Shop/7" }, "1.0.0"],
      ["istio", { cookie: "a=1; beta=yes; c=2" }, "1.1.0"],
      ["istio", { cookie: "beta=yes" }, "1.1.0"],
      ["istio", { cookie: "notbeta=yes" }, "1.0.0"],
      ["istio", { cookie: "beta=yesterday" }, "1.0.0"],
      ["istio", { "x-beta": "yes" }, "1.1.0"],
      ["istio", { "x-beta": "no" }, "1.0.0"],
      ["istio", { "x-plan": "enterprise", "x-beta": "yes" }, "1.0.0"],
      ["istio", { "x-plan": "enterprise", "x-canary": "true" }, "1.1.0"],
      ["gateway", { cookie: "a=1; beta=yes" }, "1.1.0"],
      ["gateway", { "x-plan": "enterprise", cookie: "beta=yes" }, "1.0.0"],
    ];
    for (const [service, headers, version] of cases) {
      assert.equal(await ask(service, headers), version, `${service} ${JSON.stringify(headers)}`);
    }
  });

  it("at 25 %: a share by chance, or exactly the buckets below 25", async () => {
    await moveTo({ ...ALL, istio: 25, gateway: 25, random: 25, experiment: 30 }, 2);
    await untilAnswers("gateway", "1.1.0", { "x-user-bucket": "00" });
    await untilAnswers("experiment", "1.1.0", { "x-user-bucket": "00" });
    await untilAnswers("random", "1.1.0");
    await untilAnswers("istio", "1.1.0");
    assert.deepEqual(await askMany("gateway", 100, bucket), { "1.0.0": 75, "1.1.0": 25 });
    assert.deepEqual(await askMany("experiment", 100, bucket), { "1.0.0": 70, "1.1.0": 30 });
    assert.equal(await ask("gateway", { "x-user-bucket": "24" }), "1.1.0");
    assert.equal(await ask("gateway", { "x-user-bucket": "25" }), "1.0.0");
    for (const service of ["istio", "random"] as const) {
      const { "1.0.0": stable = 0, "1.1.0": candidate = 0 } = await askMany(service, 400);
      assert.equal(stable + candidate, 400);
      // Binomial(400, 1/4) is outside of this once in a million runs.
      assert.ok(candidate > 57 && candidate < 146, `${service}: ${candidate} of 400`);
    }
    assert.deepEqual(await askMany("istio", 40, () => ({ "x-plan": "enterprise" })), { "1.0.0": 40 });
  });

  it("at 100 %: everybody, also those without a bucket", async () => {
    await moveTo({ istio: 100, gateway: 100, random: 100, experiment: 30, selector: 100 }, 3);
    for (const service of ["istio", "gateway", "random", "selector"] as const) {
      await untilAnswers(service, "1.1.0");
      await untilAnswers(service, "1.1.0");
    }
    for (const service of ["istio", "gateway", "random", "selector"] as const) {
      assert.deepEqual(await askMany(service, 40), { "1.1.0": 40 }, service);
    }
  });
});

function bucket(i: number): Record<string, string> {
  return { "x-user-bucket": String(i % 100).padStart(2, "0") };
}
