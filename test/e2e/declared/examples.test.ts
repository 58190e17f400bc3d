import assert from "node:assert/strict";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { isOnHost } from "../../../config/router.ts";
import { labEnvironment } from "../../../lab/environment.ts";
import { removeStack } from "../../../lab/project.ts";
import { Changes, programOf, readExamples, type Example } from "./examples.ts";
import { KONG_PLUGIN_DEFINITION } from "./kong-plugin-definition.ts";
import { kubectl } from "../lab-support.ts";
import { importWebImages } from "../web-image.ts";
import { describeAtLength } from "../at-length.ts";

const examples = await readExamples();

/** What a change of the weight touches, by router. */
const WEIGHT_OBJECT = {
  selector: "Service",
  istio: "VirtualService",
  gateway: "HTTPRoute",
  ingressNginx: "Ingress",
  kong: "HTTPRoute",
} as const;

describeAtLength("examples on the lab", function () {
  this.timeout(600_000);
  let stack: Stack;
  const seen = { created: changes(), again: changes(), next: changes(), weighted: changes(), removed: changes() };

  before(async () => {
    await importWebImages();
    await kubectl(["apply", "-f", "-"], KONG_PLUGIN_DEFINITION);
    Object.assign(process.env, labEnvironment());
    const named = { stackName: "examples", projectName: "sluice-examples" };
    stack = await LocalWorkspace.createOrSelectStack({ ...named, program: programOf(examples, "first") });
    await stack.cancel().catch(() => undefined);
    await stack.up({ color: "never", onEvent: seen.created.note });
    await stack.preview({ color: "never", onEvent: seen.again.note });
    await stack.up({ color: "never", program: programOf(examples, "next"), onEvent: seen.next.note });
    await stack.up({ color: "never", program: programOf(examples, "weighted"), onEvent: seen.weighted.note });
    await stack.destroy({ color: "never", onEvent: seen.removed.note });
    await removeStack(stack);
  });

  after(async () => {
    await kubectl(["delete", "crd", "kongplugins.configuration.konghq.com", "--ignore-not-found"]);
  });

  for (const example of examples) {
    it(`${example.name}: applied, unchanged by a second look, changed, removed`, () => {
      const { name } = example;
      assert.ok(seen.created.of(name).length >= 3, seen.created.of(name).join("\n"));
      assert.deepEqual(seen.again.of(name), []);
      assert.deepEqual(seen.weighted.of(name), expectedWeightChange(example));
      assert.equal(seen.removed.of(name).length >= seen.created.of(name).length, true);
    });
  }

  it("leave nothing behind", async () => {
    const namespaces = await kubectl(["get", "namespaces", "-o", "name"]);
    assert.doesNotMatch(namespaces, /example-/);
    const policies = await kubectl(["get", "validatingadmissionpolicies", "-o", "name"]);
    assert.doesNotMatch(policies, /sluice-serial\.example-/);
  });
});

function changes(): Changes {
  return new Changes(examples);
}

/** One object, or none where the strategy has no weight of its own to change. */
function expectedWeightChange({ config: { router, strategy }, name }: Example): readonly string[] {
  if (isOnHost(router) || (strategy.kind !== "canary" && strategy.kind !== "blueGreen")) return [];
  const kind = router.kind === "kong" && router.canaryPlugin !== undefined ? "KongPlugin" : WEIGHT_OBJECT[router.kind];
  return [`update ${kind} ${name}-routes-weights`];
}
