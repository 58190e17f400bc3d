import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { serviceHost, serviceNames } from "../../../config/names.ts";
import { otherSlot, SLOTS } from "../../../config/release-state.ts";
import type { RouterPart } from "./router-part.ts";

const pluginSchema = z.looseObject({
  config: z.looseObject({
    percentage: z.number(),
    upstream_host: z.string(),
    hash: z.string().optional(),
    groups: z.array(z.string()).optional(),
  }),
});

/** Kong's Enterprise plugin: a percentage of what its rule gets goes to another host. Its rule is a part of its own. */
export function kongPluginPart(app: App): RouterPart {
  const host = (slot: (typeof SLOTS)[number]) => serviceHost(app, serviceNames.slot(app, slot));
  return {
    id: {
      apiVersion: "configuration.konghq.com/v1",
      kind: "KongPlugin",
      namespace: app.namespace,
      name: `${app.name}-canary`,
    },
    shares(object) {
      const { percentage, upstream_host } = pluginSchema.parse(object).config;
      const slot = SLOTS.find((candidate) => host(candidate) === upstream_host);
      return slot === undefined ? {} : { [slot]: percentage };
    },
    sendAll(own, object, to) {
      const { groups, ...config } = pluginSchema.parse(object).config;
      // Lists of groups know no percentage: while they are there, they alone decide.
      const nobody = groups === undefined ? {} : { hash: "none" };
      const upstream_host = host(otherSlot(to));
      return { ...own, plugin: "canary", config: { ...config, ...nobody, percentage: 0, upstream_host } };
    },
  };
}
