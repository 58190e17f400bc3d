import assert from "node:assert/strict";
import { shorten } from "../../release/adapters/pulumi-stack.ts";

describe("what Pulumi says of a failed update", () => {
  it("is the errors, once each, without the progress", () => {
    const text = [
      "code: 255",
      " stdout: Updating (production):",
      " +  kubernetes:apps/v1:Deployment checkout-green creating (0s)",
      "Diagnostics:",
      "  kubernetes:apps/v1:Deployment (checkout-green-deployment):",
      "    error: 2 errors occurred:",
      "    \t* the Kubernetes API server reported that it is timed out",
      "    \t* Minimum number of Pods to consider the application live was not attained",
      "    error: update failed",
      "    error: update failed",
    ].join("\n");
    assert.equal(
      shorten(text),
      "the Kubernetes API server reported that it is timed out; Minimum number of Pods to consider the application live was not attained",
    );
  });

  it("is its first line when it names no error", () =>
    assert.equal(shorten("\n  no stack named 'x' found\n"), "no stack named 'x' found"));

  it("is never nothing", () => assert.equal(shorten(""), "no reason given"));
});
