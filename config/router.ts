import { z } from "zod";
import { duration } from "./duration.ts";
import { dnsLabel, headerName, namespacedName } from "./text.ts";

const hosts = z.array(z.string().min(1)).min(1).describe("Host names under which users reach the service.");
const gateways = z.array(namespacedName).min(1).describe("The gateways that carry them, as `namespace/name`.");

const connectionPoolSchema = z
  .strictObject({
    maxConnections: z.int().min(1).optional().describe("TCP connections to one slot."),
    maxPendingRequests: z.int().min(1).optional().describe("Requests that may wait for a connection."),
    maxRequestsPerConnection: z.int().min(0).optional().describe("Then the connection is closed; 0: never."),
    connectTimeout: duration("5s").describe("How long a connection may take to be made."),
  })
  .prefault({})
  .describe("Bounds for the connections to each slot.");

const outlierDetectionSchema = z
  .strictObject({
    consecutive5xx: z.int().min(1).default(5).describe("Failures in a row that take a pod out."),
    interval: duration("10s").describe("How often pods are looked at."),
    ejectionTime: duration("30s").describe("How long a pod stays out the first time."),
    maxEjectionPercent: z.int().min(1).max(100).default(50).describe("Share of a slot's pods that may be out at once."),
  })
  .optional()
  .describe("Circuit breaking: takes single failing pods out of a slot.");

const selectorSchema = z.strictObject({
  kind: z.literal("selector"),
  serviceType: z.enum(["ClusterIP", "NodePort", "LoadBalancer"]).default("ClusterIP").describe("Type of the Service."),
});

const istioSchema = z.strictObject({
  kind: z.literal("istio"),
  hosts,
  gateways,
  trustedProxies: z
    .int()
    .min(0)
    .max(10)
    .default(0)
    .describe(
      "Proxies before the gateway that add the client's address to `x-forwarded-for`, like `numTrustedProxies` of the " +
        "mesh. Segments by `cidr` read the address that the first of them saw.",
    ),
  connectionPool: connectionPoolSchema,
  outlierDetection: outlierDetectionSchema,
});

const gatewaySchema = z.strictObject({
  kind: z.literal("gateway"),
  hosts,
  gateways,
  countSlots: z
    .boolean()
    .default(false)
    .describe(
      "Marks requests with the header `x-sluice-slot`, behind the split: Envoy Gateway then counts slots apart.",
    ),
});

const ingressNginxSchema = z.strictObject({
  kind: z.literal("ingressNginx"),
  hosts,
  className: dnsLabel.default("nginx").describe("The IngressClass."),
  tlsSecret: dnsLabel.optional().describe("Secret with the certificate for the hosts."),
  cookie: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe("Requests whose cookie of this name is `always` reach the candidate, those with `never` do not."),
});

const kongSchema = z.strictObject({
  kind: z.literal("kong"),
  hosts,
  gateways,
  canaryPlugin: z
    .strictObject({
      hash: z
        .enum(["none", "consumer", "ip", "header", "allow", "deny"])
        .default("consumer")
        .describe(
          "What keeps a user on one side; `none` draws for each request. With `allow`, weights between 0 and 100 send " +
            "the consumers in `groups` to the candidate and nobody else; with `deny`, everybody else.",
        ),
      header: headerName.optional().describe("The header, where hash is `header`."),
      groups: z.array(z.string().min(1)).min(1).optional().describe("ACL groups, where hash is `allow` or `deny`."),
    })
    .refine(({ hash, header }) => (hash === "header") === (header !== undefined), {
      path: ["header"],
      error: "belongs to hash: header, and only to it",
    })
    .refine(({ groups, hash }) => (hash === "allow" || hash === "deny") === (groups !== undefined), {
      path: ["groups"],
      error: "belong to hash: allow or deny, and only to them",
    })
    .optional()
    .describe("Splits with Kong's Enterprise plugin `canary` in place of the route's weights."),
});

/** What splits the traffic. */
export const routerSchema = z.discriminatedUnion("kind", [
  selectorSchema,
  istioSchema,
  gatewaySchema,
  ingressNginxSchema,
  kongSchema,
]);

export type Router = z.infer<typeof routerSchema>;
export type RouterKind = Router["kind"];
export type SelectorRouter = z.infer<typeof selectorSchema>;
export type IstioRouter = z.infer<typeof istioSchema>;
export type GatewayRouter = z.infer<typeof gatewaySchema>;
export type IngressNginxRouter = z.infer<typeof ingressNginxSchema>;
export type KongRouter = z.infer<typeof kongSchema>;

export const ROUTER_KINDS = ["selector", "istio", "gateway", "ingressNginx", "kong"] as const satisfies RouterKind[];
