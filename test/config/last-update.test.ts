import assert from "node:assert/strict";
import { previousWeight, readLastUpdate } from "../../config/last-update.ts";
import { handleOf, routingAnnotations } from "../../components/routers/router.ts";
import { renderVirtualService } from "../../components/routers/istio.ts";
import { at, routingOf } from "../components/routers/routing.ts";

describe("the last update", () => {
  const routing = routingOf("istio", at(25));
  const last = { serial: 8, weight: 10, previousWeight: 5 };

  it("is read from the stack's outputs", () => {
    const handle = JSON.parse(JSON.stringify(handleOf({ ...routing, last }, renderVirtualService))) as unknown;
    assert.deepEqual(readLastUpdate({ routing: handle, more: 1 }), { serial: 9, weight: 25, previousWeight: 10 });
  });

  for (const [what, outputs] of [
    ["a new stack", {}],
    ["no answer", undefined],
    ["outputs of another program", { routing: 7 }],
  ] as const) {
    it(`is nothing for ${what}`, () => assert.equal(readLastUpdate(outputs), undefined));
  }

  it("tells the weight before: what it set, or what it knew when nothing has moved since", () => {
    assert.equal(previousWeight(at(25), undefined), 0);
    assert.equal(previousWeight(at(25), last), 10);
    assert.equal(previousWeight(at(25), { serial: 9, weight: 25, previousWeight: 10 }), 10);
  });

  it("is told to reviewers, its serial only where the stack file is older", () => {
    const annotationsWith = (serial: number) => routingAnnotations({ ...routing, last: { ...last, serial } });
    assert.equal(annotationsWith(8)["sluice.dev/previous-weight"], "10");
    assert.equal("sluice.dev/stack-serial" in annotationsWith(8), false);
    assert.equal("sluice.dev/stack-serial" in annotationsWith(9), false);
    assert.equal(annotationsWith(12)["sluice.dev/stack-serial"], "12");
  });
});
