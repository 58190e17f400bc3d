import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { SLOT_LABEL } from "../../../config/limits.ts";
import { serviceNames } from "../../../config/names.ts";
import { SLOTS } from "../../../config/release-state.ts";
import type { RouterPart } from "./router-part.ts";

const serviceSchema = z.looseObject({
  spec: z.looseObject({ selector: z.record(z.string(), z.string()).default({}) }),
});

const ownSchema = z.object({ spec: z.looseObject({}).default({}) });

/** The Service of a service: its selector names one slot, which gets everything. */
export function selectorPart(app: App): RouterPart {
  return {
    id: { apiVersion: "v1", kind: "Service", namespace: app.namespace, name: serviceNames.live(app) },
    shares(object) {
      const { selector } = serviceSchema.parse(object).spec;
      const slot = SLOTS.find((candidate) => selector[SLOT_LABEL] === candidate);
      return slot === undefined ? {} : { [slot]: 100 };
    },
    sendAll(own, object, to) {
      const { selector } = serviceSchema.parse(object).spec;
      // The API server fills most of a Service in: what is not ours stays out of what we apply.
      const { spec } = ownSchema.parse(own);
      return { ...own, spec: { ...spec, selector: { ...selector, [SLOT_LABEL]: to } } };
    },
  };
}
