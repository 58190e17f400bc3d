import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import { quickDeletes } from "../../components/quick-deletes.ts";

function transform(type: string, props: object, opts: pulumi.CustomResourceOptions = {}) {
  return quickDeletes({ type, name: "x", props, opts, resource: undefined as unknown as pulumi.Resource });
}

describe("quick deletes", () => {
  it("delete in the background, and wait no longer than a minute", () => {
    const props = { metadata: { name: "a", annotations: { own: "1" } }, spec: { b: 2 } };
    assert.deepEqual(transform("kubernetes:core/v1:Service", props, { protect: true }), {
      props: {
        metadata: { name: "a", annotations: { "pulumi.com/deletionPropagationPolicy": "background", own: "1" } },
        spec: { b: 2 },
      },
      opts: { protect: true, customTimeouts: { delete: "1m" } },
    });
  });

  it("keep what an object says itself", () => {
    const annotations = { "pulumi.com/deletionPropagationPolicy": "orphan" };
    const opts = { customTimeouts: { create: "5m", delete: "3m" } };
    const result = transform("kubernetes:apps/v1:Deployment", { metadata: { annotations } }, opts);
    assert.deepEqual(result, { props: { metadata: { annotations } }, opts });
  });

  it("leave components alone", () => {
    assert.equal(transform("sluice:index:Release", {}), undefined);
  });
});
