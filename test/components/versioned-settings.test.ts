import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { declareSettings } from "../../components/versioned-settings.ts";
import type { Secrets } from "../../config/secrets.ts";
import { settingsSchema } from "../../config/settings.ts";
import { STACK } from "../release/world.ts";
import { recordService, type Recorded } from "./recorder.ts";

type Json = Readonly<Record<string, unknown>>;

const SECRETS = { DB_PASSWORD: "hush" };
const first = { env: { MODE: "a" }, files: { "app.yaml": "x: 1\n" } };
const second = { env: { MODE: "b", NEW: "c" }, files: {} };

const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const canary = { ...STACK, release: { ...STACK.release, candidate: "green", serial: 4, green } };

const settingsOf = async (stack: object, settings: unknown, secrets: Secrets) =>
  (await recordService({ ...stack, workload: { settings } }, secrets)).resources.filter(({ name }) =>
    /-settings-.*-(config|secret)$/.test(name),
  );

/** How the engine is told that a value is to be encrypted and never shown. */
const secret = (value: unknown) => ({ [SECRET_KEY]: SECRET_VALUE, value });
const [SECRET_KEY, SECRET_VALUE] = ["4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"];

/** What the engine makes of new inputs: ignored ones stay as they were. */
function resolve(before: Recorded, after: Recorded): Json {
  const inputs = structuredClone(after.inputs) as Record<string, unknown>;
  for (const path of after.ignoreChanges ?? []) {
    const keys = path.split(".");
    const last = keys.pop() ?? "";
    const holder = (of: Json) => keys.reduce<Json>((at, key) => at[key] as Json, of) as Record<string, unknown>;
    if (last in holder(before.inputs)) holder(inputs)[last] = holder(before.inputs)[last];
    else Reflect.deleteProperty(holder(inputs), last);
  }
  return inputs;
}

describe("versioned settings", () => {
  it("are a ConfigMap with variables and files, and a Secret, both of one version and immutable", async () => {
    const [config, secrets] = await settingsOf(STACK, first, SECRETS);
    const metadata = {
      namespace: "shop",
      labels: {
        "app.kubernetes.io/name": "checkout",
        "app.kubernetes.io/version": "1.0.0",
        "sluice.dev/slot": "blue",
      },
    };
    assert.deepEqual(config, {
      type: "kubernetes:core/v1:ConfigMap",
      name: "checkout-blue-settings-1.0.0-config",
      parent: "checkout-blue",
      ignoreChanges: ["data", "binaryData", "metadata.name"],
      inputs: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { ...metadata, name: "checkout-1.0.0-85057e4741" },
        immutable: true,
        data: { MODE: "a" },
        binaryData: { "app.yaml": "eDogMQo=" },
      },
    });
    assert.deepEqual(secrets, {
      type: "kubernetes:core/v1:Secret",
      name: "checkout-blue-settings-1.0.0-secret",
      parent: "checkout-blue",
      ignoreChanges: ["data", "stringData", "metadata.name"],
      inputs: {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { ...metadata, name: "checkout-1.0.0-92eaab0b7a" },
        immutable: true,
        stringData: secret({ DB_PASSWORD: "hush" }),
      },
    });
  });

  it("reach the pods whole, by the names of the objects", async () => {
    const { get } = await recordService({ ...canary, workload: { settings: first } }, SECRETS);
    for (const [slot, version] of [
      ["blue", "1.0.0"],
      ["green", "1.1.0"],
    ] as const) {
      const nameOf = (role: string) =>
        (get(`checkout-${slot}-settings-${version}-${role}`).metadata as { name: string }).name;
      const { template } = get(`checkout-${slot}-deployment`).spec as { template: { spec: Json } };
      const [container] = template.spec.containers as [Json];
      assert.deepEqual(container.envFrom, [
        { configMapRef: { name: nameOf("config") } },
        { secretRef: { name: nameOf("secret") } },
      ]);
      assert.deepEqual((template.spec.volumes as Json[])[1], {
        name: "settings",
        configMap: { name: nameOf("config") },
      });
      assert.deepEqual((container.volumeMounts as Json[])[1], {
        name: "settings",
        mountPath: "/etc/settings",
        readOnly: true,
      });
    }
  });

  it("stay as they were when the stack file changes", async () => {
    const before = await settingsOf(STACK, first, SECRETS);
    const after = await settingsOf(STACK, second, { DB_PASSWORD: "louder", MORE: "x" });
    assert.deepEqual(
      after.map(({ name }) => name),
      before.map(({ name }) => name),
    );
    before.forEach((resource, i) => {
      const changed = after[i];
      assert.ok(changed !== undefined);
      assert.notDeepEqual(changed.inputs, resource.inputs);
      assert.deepEqual(resolve(resource, changed), resource.inputs);
    });
  });

  it("stay empty when they were, so that a first setting does not reach a version that runs", async () => {
    const before = await settingsOf(STACK, {}, {});
    const after = await settingsOf(STACK, first, SECRETS);
    before.forEach((resource, i) => {
      const changed = after[i];
      assert.ok(changed !== undefined);
      assert.deepEqual(resolve(resource, changed), resource.inputs);
    });
    assert.equal(before.length, 2);
  });

  it("come with the next version: other resources, other names", async () => {
    const before = await settingsOf(STACK, first, SECRETS);
    const after = await settingsOf(canary, second, SECRETS);
    const added = after.filter(({ name }) => !before.some((old) => old.name === name));
    assert.deepEqual(
      added.map(({ inputs, name }) => [name, inputs.data ?? inputs.stringData]),
      [
        ["checkout-green-settings-1.1.0-config", { MODE: "b", NEW: "c" }],
        ["checkout-green-settings-1.1.0-secret", secret({ DB_PASSWORD: "hush" })],
      ],
    );
  });

  it("of one version in both slots have names of their own", async () => {
    const both = { ...canary, release: { ...canary.release, green: { ...green, version: "1.0.0" } } };
    const names = (await settingsOf(both, first, SECRETS)).map(({ inputs }) => (inputs.metadata as Json).name);
    assert.equal(new Set(names).size, 4);
  });

  it("do not come back by the order in which secrets are written", async () => {
    const nameOf = async (secrets: Secrets) =>
      ((await settingsOf(STACK, first, secrets))[1]?.inputs.metadata as Json).name;
    assert.equal(await nameOf({ A: "1", B: "2" }), await nameOf({ B: "2", A: "1" }));
    assert.notEqual(await nameOf({ A: "1", B: "2" }), await nameOf({ A: "2", B: "1" }));
  });
});

describe("settings by content", () => {
  it("get names from Pulumi, so that what comes back finds no name taken, and follow the stack file", async () => {
    const strategy = { kind: "rolling" };
    const rolling = { ...STACK, router: { kind: "selector" }, strategy };
    const { get, resources } = await recordService({ ...rolling, workload: { settings: first } }, SECRETS);
    const metadata = { namespace: "shop", labels: { "app.kubernetes.io/name": "checkout" } };
    assert.deepEqual(get("checkout-settings-config"), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      immutable: true,
      data: first.env,
      binaryData: { "app.yaml": Buffer.from("x: 1\n").toString("base64") },
    });
    // Not `stringData`, which is written and never read back: after a refresh it would be replaced.
    assert.deepEqual(get("checkout-settings-secret"), {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      immutable: true,
      data: secret({ DB_PASSWORD: Buffer.from("hush").toString("base64") }),
    });
    for (const { ignoreChanges, name } of resources) {
      if (name.startsWith("checkout-settings")) assert.equal(ignoreChanges, undefined);
    }
  });
});

describe("names of settings", () => {
  async function namesOf(version: string, settings: Json, secrets: Secrets) {
    const names = declareSettings(
      "checkout-settings",
      {
        app: { name: "checkout", namespace: "shop", port: 8080 },
        settings: settingsSchema.parse(settings),
        secrets: pulumi.secret(secrets),
        version,
        labels: {},
        keptBy: "version",
      },
      {},
    );
    await pulumi.runtime.disconnect();
    return new Promise<readonly string[]>((done) => {
      pulumi.all([names.config, names.secret]).apply((found) => done(found));
    });
  }

  it("have other names with each content and version, and the same with the same", async () => {
    const [config, secret] = await namesOf("1.0.0", first, SECRETS);
    assert.deepEqual(await namesOf("1.0.0", first, SECRETS), [config, secret]);
    const changed = await namesOf("1.0.0", second, SECRETS);
    assert.ok(changed[0] !== config && changed[1] === secret);
    const hushed = await namesOf("1.0.0", first, { DB_PASSWORD: "hush!" });
    assert.ok(hushed[0] === config && hushed[1] !== secret);
    const next = await namesOf("1.0.1", first, SECRETS);
    assert.ok(next[0] !== config && next[1] !== secret);
  });

  it("have names that Kubernetes takes, whatever a version is called, and that differ", async () => {
    const versions = ["1.0.0", "1.0.0-RC_1", "1.0.0-rc-1", "A..B", "a.-b", "x", "V" + "9".repeat(62)];
    const names = (await Promise.all(versions.map((version) => namesOf(version, first, SECRETS)))).flat();
    for (const name of names) {
      assert.match(name, /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
      assert.ok(name.length <= 253);
    }
    assert.equal(new Set(names).size, names.length);
    assert.match(names[2] ?? "", /^checkout-1\.0\.0-rc-1-[0-9a-f]{10}$/);
  });
});
