import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { serviceNames } from "../../../config/names.ts";
import { SLOTS, type Slot } from "../../../config/release-state.ts";
import type { RouterPart } from "./router-part.ts";
import { bySlot, withGroup } from "./shares.ts";

const matchSchema = z.looseObject({
  headers: z.array(z.looseObject({ type: z.string().default("Exact"), value: z.string() })).optional(),
});

const ruleSchema = z.looseObject({
  matches: z.array(matchSchema).default([]),
  backendRefs: z.array(z.looseObject({ name: z.string(), weight: z.number().default(1) })).default([]),
  filters: z.array(z.looseObject({ type: z.string() })).optional(),
});

const httpRouteSchema = z.looseObject({ spec: z.looseObject({ rules: z.array(ruleSchema).default([]) }) });

type Rule = z.infer<typeof ruleSchema>;

/** The HTTPRoute of a service, of the Gateway API and of Kong: the rule that asks for no header has the weights. */
export function httpRoutePart(app: App): RouterPart {
  const leadsTo = (slot: Slot) => (backend: Rule["backendRefs"][number]) =>
    backend.name === serviceNames.slot(app, slot);
  return {
    id: {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      namespace: app.namespace,
      name: app.name,
    },
    shares(object) {
      const { rules } = httpRouteSchema.parse(object).spec;
      const weighted = rules.find(isForEveryone)?.backendRefs ?? [];
      // Testers and segments have Services of their own: a rule with a header that leads to a slot is that of a group.
      const group = rules.find(
        (rule) => !isForEveryone(rule) && SLOTS.some((slot) => rule.backendRefs.some(leadsTo(slot))),
      );
      return withGroup(
        bySlot((slot) => weighted.find(leadsTo(slot))?.weight ?? 0),
        { leadsTo: (slot) => group?.backendRefs.some(leadsTo(slot)) ?? false, patterns: patternsOf(group) },
      );
    },
    sendAll(own, object, to) {
      const { spec } = httpRouteSchema.parse(object);
      const rules = spec.rules.filter(isForEveryone).map(({ filters, ...rule }) => ({
        ...rule,
        backendRefs: SLOTS.flatMap((slot) =>
          rule.backendRefs.filter(leadsTo(slot)).map((backend) => ({ ...backend, weight: slot === to ? 100 : 0 })),
        ),
        ...withoutMirror(filters),
      }));
      return { ...own, spec: { ...spec, rules } };
    },
  };
}

function isForEveryone({ matches }: Rule): boolean {
  return matches.every(({ headers }) => headers === undefined || headers.length === 0);
}

/** Nothing is mirrored where there is no candidate. */
function withoutMirror(filters: Rule["filters"]) {
  const kept = filters?.filter(({ type }) => type !== "RequestMirror") ?? [];
  return kept.length === 0 ? {} : { filters: kept };
}

function patternsOf(rule: Rule | undefined): readonly string[] {
  return (rule?.matches ?? [])
    .flatMap(({ headers = [] }) => headers)
    .flatMap(({ type, value }) => (type === "RegularExpression" ? [value] : []));
}
