import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { serviceHost, serviceNames } from "../../../config/names.ts";
import { SLOTS, type Slot } from "../../../config/release-state.ts";
import type { RouterPart } from "./router-part.ts";
import { bySlot, withGroup } from "./shares.ts";

const headersSchema = z.record(z.string(), z.looseObject({ regex: z.string().optional() })).default({});

const routeSchema = z.looseObject({
  name: z.string().optional(),
  match: z.array(z.looseObject({ headers: headersSchema })).optional(),
  route: z
    .array(z.looseObject({ weight: z.number().default(0), destination: z.looseObject({ host: z.string() }) }))
    .default([]),
  /** Only while there is a candidate. */
  mirrors: z.unknown().optional(),
});

const virtualServiceSchema = z.looseObject({ spec: z.looseObject({ http: z.array(routeSchema).default([]) }) });

type Route = z.infer<typeof routeSchema>;

/** The VirtualService of a service: its route `weighted`, and `group` where users are kept on one side. */
export function istioPart(app: App): RouterPart {
  const hosts = bySlot((slot) => serviceHost(app, serviceNames.slot(app, slot)));
  const leadsTo = (slot: Slot) => (target: Route["route"][number]) => target.destination.host === hosts[slot];
  return {
    id: {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      namespace: app.namespace,
      name: app.name,
    },
    shares(object) {
      const { http } = virtualServiceSchema.parse(object).spec;
      const weighted = http.find(({ name }) => name === "weighted")?.route ?? [];
      const group = http.find(({ name }) => name === "group");
      return withGroup(
        bySlot((slot) => weighted.find(leadsTo(slot))?.weight ?? 0),
        { leadsTo: (slot) => group?.route.some(leadsTo(slot)) ?? false, patterns: patternsOf(group) },
      );
    },
    sendAll(own, object, to) {
      const { spec } = virtualServiceSchema.parse(object);
      const routes = spec.http.filter(({ name }) => name === "weighted");
      const http = routes.map(({ mirrors, ...route }) => ({
        ...route,
        route: SLOTS.flatMap((slot) =>
          route.route.filter(leadsTo(slot)).map((target) => ({ ...target, weight: slot === to ? 100 : 0 })),
        ),
      }));
      return { ...own, spec: { ...spec, http } };
    },
  };
}

function patternsOf(route: Route | undefined): readonly string[] {
  return (route?.match ?? [])
    .flatMap(({ headers }) => Object.values(headers))
    .flatMap(({ regex }) => (regex === undefined ? [] : [regex]));
}
