import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { openSession, openSwitch, openWayBack } from "../../release/session.ts";
import { STACK } from "./world.ts";

const silent = { report: () => undefined, close: () => undefined };

/** A project with one stack file. */
async function withStack<T>(
  sections: object,
  use: (options: { project: string; stack: string }) => Promise<T>,
): Promise<T> {
  const project = await mkdtemp(path.join(tmpdir(), "sluice-session-"));
  try {
    const values = Object.entries({ ...STACK, ...sections }).map(([key, value]) => [`sluice:${key}`, value] as const);
    await writeFile(path.join(project, "Pulumi.test.yaml"), stringify({ config: Object.fromEntries(values) }));
    return await use({ project, stack: "test" });
  } finally {
    await rm(project, { recursive: true, force: true });
  }
}

const kong = (canaryPlugin: object) => ({
  kind: "kong",
  hosts: ["a.example.com"],
  gateways: ["edge/public"],
  canaryPlugin,
});

describe("a session", () => {
  const refused: readonly (readonly [string, object, RegExp])[] = [
    [
      "a rolling update",
      { router: { kind: "selector" }, strategy: { kind: "rolling", replicas: 2 } },
      /^strategy rolling has no slots: its traffic is moved by Kubernetes\. Declare the version that is to serve/,
    ],
    [
      "Argo",
      { strategy: { kind: "argo", plan: { kind: "canary" } } },
      /^strategy argo has no slots: .* moved by Argo\./,
    ],
    ["an experiment", { strategy: { kind: "experiment" } }, /^strategy experiment is not driven by this program/],
    [
      "a canary by groups of Kong's plugin, whose weights are never in force",
      { router: kong({ hash: "allow", groups: ["beta"] }) },
      /^between 0 and 100 % Kong's plugin sends over the consumers in sluice:router\.canaryPlugin\.groups and nobody else/,
    ],
  ];
  for (const [what, sections, message] of refused) {
    it(`does not release ${what}`, async () => {
      await withStack(sections, async (options) => {
        await assert.rejects(openSession(options, silent), { name: "UserError", message });
      });
    });
  }

  it("takes the traffic of an experiment back, too, and needs no Pulumi to open", async () => {
    await withStack({ strategy: { kind: "experiment" } }, async (options) => {
      const { config, ports } = await openSwitch(options, silent);
      assert.equal(config.strategy.kind, "experiment");
      assert.equal(typeof ports.traffic.takeBack, "function");
    });
  });

  const ways: readonly (readonly [string, object, string])[] = [
    ["a canary by its release", {}, "release"],
    [
      "a canary whose weights are never in force by its release as well",
      { router: kong({ hash: "allow", groups: ["beta"] }) },
      "release",
    ],
    ["an experiment by nobody", { strategy: { kind: "experiment" } }, "nobody"],
    ["a Rollout by Argo", { strategy: { kind: "argo", plan: { kind: "canary" } } }, "argo"],
  ];
  for (const [what, sections, by] of ways) {
    it(`moves the traffic of ${what}`, async () => {
      assert.equal((await withStack(sections, (options) => openWayBack(options, silent))).by, by);
    });
  }
});
