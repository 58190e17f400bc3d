import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { serviceNames } from "../../../config/names.ts";
import { otherSlot, SLOTS, type Slot } from "../../../config/release-state.ts";
import type { RouterPart } from "./router-part.ts";

const CANARY = "nginx.ingress.kubernetes.io/canary";

const pathSchema = z.looseObject({
  backend: z.looseObject({ service: z.looseObject({ name: z.string() }).optional() }),
});

const ruleSchema = z.looseObject({ http: z.looseObject({ paths: z.array(pathSchema).default([]) }).optional() });

const ingressSchema = z.looseObject({ spec: z.looseObject({ rules: z.array(ruleSchema).default([]) }) });

type Rule = z.infer<typeof ruleSchema>;

/** The canary Ingress: its annotations hold the weight. */
export function canaryIngressPart(app: App): RouterPart {
  return {
    id: idOf(app, `${app.name}-canary`),
    shares(object) {
      const slot = slotOf(app, object);
      const { annotations } = object.metadata;
      // Without this annotation it would be an Ingress like any other, in conflict with the main one: not to be read.
      if (slot === undefined || annotations[CANARY] !== "true") return {};
      return { [slot]: Number(annotations[`${CANARY}-weight`] ?? 0) };
    },
    sendAll(own, object, to) {
      const kept = Object.entries(own.metadata.annotations).filter(([key]) => !key.startsWith(`${CANARY}-by-`));
      const annotations = { ...Object.fromEntries(kept), [CANARY]: "true", [`${CANARY}-weight`]: "0" };
      return { ...lead(app, own, object, otherSlot(to)), metadata: { ...own.metadata, annotations } };
    },
  };
}

/** The main Ingress, to the live slot. */
export function mainIngressPart(app: App): RouterPart {
  return {
    id: idOf(app, app.name),
    shares(object) {
      const slot = slotOf(app, object);
      return slot === undefined ? {} : { [slot]: 100 };
    },
    sendAll: (own, object, to) => lead(app, own, object, to),
  };
}

function idOf({ namespace }: App, name: string) {
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", namespace, name };
}

/** The one slot that all hosts of an Ingress lead to; `undefined` when there is no such slot. */
function slotOf(app: App, object: unknown): Slot | undefined {
  const backends = ingressSchema
    .parse(object)
    .spec.rules.flatMap(({ http }) => http?.paths ?? [])
    .map(({ backend }) => backend.service?.name);
  return SLOTS.find((slot) => backends.length > 0 && backends.every((name) => name === serviceNames.slot(app, slot)));
}

/** The same Ingress with another backend. */
function lead(app: App, own: Parameters<RouterPart["sendAll"]>[0], object: unknown, to: Slot) {
  const { spec } = ingressSchema.parse(object);
  return { ...own, spec: { ...spec, rules: spec.rules.map((rule) => redirect(rule, serviceNames.slot(app, to))) } };
}

function redirect({ http, ...rule }: Rule, name: string): Rule {
  if (http === undefined) return rule;
  const paths = http.paths.map(({ backend, ...path }) => ({
    ...path,
    backend: { ...backend, service: { ...backend.service, name } },
  }));
  return { ...rule, http: { ...http, paths } };
}
