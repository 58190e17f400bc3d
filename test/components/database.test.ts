import assert from "node:assert/strict";
import { STACK } from "../release/world.ts";
import { recordService, type Recording } from "./recorder.ts";

const slot = (version: string, replicas = 2) => ({ version, image: `checkout:${version}`, replicas });
const database = {
  backup: { command: ["pg_dump"], image: "backup:3", timeout: "30m" },
  expand: { command: ["java", "-cp", "/app", "Migrate"], env: { MODE: "expand" } },
  contract: { command: ["java", "-cp", "/app", "Migrate", "drop"] },
};
const settings = { env: { POOL: "8" }, files: { "db.properties": "a=b" } };
const stack = { ...STACK, database, workload: { env: { REGION: "eu" }, settings } };
const releasing = { ...STACK.release, candidate: "green", weight: 5, serial: 4, green: slot("1.1.0") };

interface Job {
  metadata: { name: string; namespace: string; labels: Record<string, string>; annotations: Record<string, string> };
  spec: Record<string, unknown> & { template: { metadata: unknown; spec: Record<string, unknown> } };
}

function jobsOf({ resources }: Recording): readonly string[] {
  return resources
    .filter(({ type }) => type === "kubernetes:batch/v1:Job")
    .map(({ inputs, name }) => `${name} ${(inputs as unknown as Job).metadata.name.replace(/-[0-9a-f]{8}$/, "")}`);
}

/** What an update would make anew or change. */
function changesOf(before: Recording, after: Recording): readonly string[] {
  const known = new Map(before.resources.map(({ inputs, name }) => [name, JSON.stringify(inputs)]));
  return after.resources
    .filter(({ inputs, name }) => known.get(name) !== JSON.stringify(inputs))
    .map(({ name }) => name);
}

describe("a change of the database", () => {
  const cases: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    [
      "runs for the very first version",
      STACK.release,
      ["checkout-database-backup checkout-backup-1-0-0", "checkout-database-expand checkout-expand-1-0-0"],
    ],
    [
      "runs for a candidate, and for no other",
      releasing,
      ["checkout-database-backup checkout-backup-1-1-0", "checkout-database-expand checkout-expand-1-1-0"],
    ],
    ["runs for nobody after a rollback", { ...STACK.release, green: slot("1.1.0", 0) }, []],
    ["runs for nobody after a promotion", { ...STACK.release, live: "green", green: slot("1.1.0") }, []],
  ];
  for (const [what, release, expected] of cases) {
    it(what, async () => assert.deepEqual(jobsOf(await recordService({ ...stack, release })), expected));
  }

  it("declares nothing where the stack has no database", async () => {
    const { resources } = await recordService(STACK);
    assert.deepEqual(
      resources.filter(({ name }) => name.includes("database")),
      [],
    );
  });

  it("is done before the version has a pod, one Job after the other, and after what the Jobs need", async () => {
    const { order } = await recordService({ ...stack, release: releasing });
    const wanted = [
      "checkout-surroundings-account",
      "checkout-database-secret",
      "checkout-database-backup",
      "checkout-database-expand",
      "checkout-green-deployment",
      "checkout-routes-weights",
    ];
    assert.deepEqual(
      order.filter((name) => wanted.includes(name)),
      wanted,
    );
  });

  it("is a Job that runs once, as confined as the service, with its image, settings and secrets", async () => {
    const { get } = await recordService({ ...stack, release: releasing }, { DB_PASSWORD: "s3cret" });
    const { metadata, spec } = get("checkout-database-expand") as unknown as Job;
    const labels = {
      "app.kubernetes.io/part-of": "checkout",
      "app.kubernetes.io/component": "database-expand",
      "app.kubernetes.io/version": "1.1.0",
    };
    assert.match(metadata.name, /^checkout-expand-1-1-0-[0-9a-f]{8}$/);
    assert.deepEqual(
      { ...metadata, name: "" },
      { name: "", namespace: "shop", labels, annotations: { "pulumi.com/replaceUnready": "true" } },
    );
    const { containers, ...pod } = spec.template.spec as { containers: Record<string, unknown>[] };
    assert.deepEqual(
      { ...spec, template: { ...spec.template, spec: pod } },
      {
        backoffLimit: 0,
        activeDeadlineSeconds: 630,
        template: {
          metadata: { labels },
          spec: {
            restartPolicy: "Never",
            activeDeadlineSeconds: 600,
            serviceAccountName: "checkout",
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
            volumes: [
              { name: "tmp", emptyDir: {} },
              { name: "settings", configMap: { name: "checkout-database" } },
            ],
          },
        },
      },
    );
    const [{ env, ...container } = {}] = containers;
    assert.deepEqual(container, {
      name: "expand",
      image: "checkout:1.1.0",
      imagePullPolicy: "IfNotPresent",
      command: ["java", "-cp", "/app", "Migrate"],
      envFrom: [{ configMapRef: { name: "checkout-database" } }, { secretRef: { name: "checkout-database" } }],
      resources: { limits: { cpu: "2", memory: "1Gi" }, requests: { cpu: "500m", memory: "512Mi" } },
      volumeMounts: [
        { name: "tmp", mountPath: "/tmp" },
        { name: "settings", mountPath: "/etc/settings", readOnly: true },
      ],
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      },
    });
    assert.deepEqual(
      (env as { name: string; value: string }[]).map(({ name }) => name),
      ["JAVA_TOOL_OPTIONS", "MODE"],
    );
    const backup = (get("checkout-database-backup") as unknown as Job).spec;
    assert.equal(backup.activeDeadlineSeconds, 1_830);
    assert.equal((backup.template.spec.containers as { image: string }[])[0]?.image, "backup:3");
    assert.deepEqual((get("checkout-database-config") as { data: unknown }).data, { POOL: "8", REGION: "eu" });
    const { data } = get("checkout-database-secret") as { data: { value: unknown } };
    assert.deepEqual(data.value, { DB_PASSWORD: Buffer.from("s3cret").toString("base64") });
    assert.deepEqual((get("checkout-database-config") as { binaryData: unknown }).binaryData, {
      "db.properties": Buffer.from("a=b").toString("base64"),
    });
  });

  it("is not run again by another weight, nor by other settings", async () => {
    const before = await recordService({ ...stack, release: releasing });
    const weight = await recordService({ ...stack, release: { ...releasing, weight: 50, serial: 5 } });
    assert.deepEqual(changesOf(before, weight), ["checkout-routes-weights"]);
    const workload = { env: { REGION: "us" }, settings: { ...settings, env: { POOL: "9" } } };
    const other = await recordService({ ...stack, workload, release: releasing });
    assert.deepEqual(
      changesOf(before, other).filter((name) => name.includes("database")),
      ["checkout-database-config"],
    );
  });

  it("is another Job when it or its version is another", async () => {
    const nameOf = async (changes: Record<string, unknown>, version = "1.1.0") => {
      const expand = { ...database.expand, ...changes };
      const release = { ...releasing, green: slot(version) };
      const { get } = await recordService({ ...stack, database: { ...database, expand }, release });
      return (get("checkout-database-expand") as unknown as Job).metadata.name;
    };
    const names = [
      await nameOf({}),
      await nameOf({ command: ["other"] }),
      await nameOf({ env: {} }),
      await nameOf({ image: "tool:1" }),
      await nameOf({}, "1.2.0"),
      await nameOf({}, "1.1-0"),
    ];
    assert.equal(new Set(names).size, names.length);
    assert.equal(await nameOf({}), names[0]);
  });

  const rolling = {
    app: STACK.app,
    router: { kind: "selector" },
    strategy: { kind: "rolling" },
    database,
    release: { live: "blue", serial: 1, blue: slot("1.0.0") },
  };
  const argo = {
    ...rolling,
    router: STACK.router,
    strategy: { kind: "argo" },
    metrics: { ...STACK.metrics, scrapeInterval: "15s" },
  };
  for (const [workload, stack] of [
    ["checkout-deployment", rolling],
    ["checkout-rollout", argo],
  ] as const) {
    it(`comes before each new version of ${stack.strategy.kind}, and contracts after it`, async () => {
      const first = await recordService(stack);
      const approved = { ...database, contract: { ...database.contract, approvedFor: "1.1.0" } };
      const next = await recordService({
        ...stack,
        database: approved,
        release: { ...stack.release, blue: slot("1.1.0") },
      });
      assert.deepEqual(jobsOf(first), [
        "checkout-database-backup checkout-backup-1-0-0",
        "checkout-database-expand checkout-expand-1-0-0",
      ]);
      assert.deepEqual(jobsOf(next), [
        "checkout-contraction-job checkout-contract-1-1-0",
        "checkout-database-backup checkout-backup-1-1-0",
        "checkout-database-expand checkout-expand-1-1-0",
      ]);
      const steps = ["checkout-database-expand", workload, "checkout-contraction-job"];
      assert.deepEqual(
        next.order.filter((name) => steps.includes(name)),
        steps,
      );
    });
  }

  describe("contraction", () => {
    const release = { live: "green", serial: 7, blue: slot("1.0.0", 0), green: slot("1.1.0") };
    const approved = { ...database, contract: { ...database.contract, approvedFor: "1.1.0" } };

    it("waits for its approval", async () => assert.deepEqual(jobsOf(await recordService({ ...stack, release })), []));

    it("comes after everything else, once it is approved", async () => {
      const recording = await recordService({ ...stack, database: approved, release });
      assert.deepEqual(jobsOf(recording), ["checkout-contraction-job checkout-contract-1-1-0"]);
      assert.equal(recording.order.at(-1), "checkout-contraction-job");
    });

    it("is not run again for a version that the release state remembers", async () => {
      const remembered = { ...release, contracted: "1.1.0" };
      assert.deepEqual(jobsOf(await recordService({ ...stack, database: approved, release: remembered })), []);
    });
  });
});
