import assert from "node:assert/strict";
import fc from "fast-check";
import { databaseJob } from "../../../components/internal/database-job.ts";
import { versionName } from "../../../config/release-state.ts";
import { stackConfig } from "../../release/world.ts";

describe("the Job of a database step", () => {
  it("has a name that Kubernetes takes, whatever the version", () => {
    const { app, workload } = stackConfig();
    const job = { command: ["x"], env: {}, timeout: 1_000 };
    const sign = fc.constantFrom("a", "Z", "0", "9", ".", "_", "-");
    const version = fc.array(sign, { minLength: 1, maxLength: 63 }).map((signs) => signs.join(""));
    fc.assert(
      fc.property(
        version.filter((text) => versionName.safeParse(text).success),
        fc.integer({ min: 1, max: 40 }),
        (name, length) => {
          const args = {
            workload,
            serviceAccount: "x",
            settings: "x",
            job,
            version: { version: name, image: "checkout:1.0.0", replicas: 2 },
            step: "contract",
          } as const;
          const { metadata } = databaseJob({ ...args, app: { ...app, name: "a".repeat(length) } });
          const { name: jobName } = metadata as { name: string };
          assert.match(jobName, /^[a-z]([a-z0-9-]*[a-z0-9])?$/);
          assert.ok(jobName.length <= 63);
        },
      ),
    );
  });
});
