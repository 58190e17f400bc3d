import { z } from "zod";
import { duration } from "./duration.ts";
import { imageReference } from "./release-state.ts";
import { cookieName, dnsLabel, headerName, namespacedName, port } from "./text.ts";

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
  cookie: cookieName
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

const samePort = { path: ["statusPort"], error: "is router.port too: give each its own" };

/** What both edges of a Docker host are told. */
const edgeShape = {
  hosts,
  port: port.default(80).describe("Port of the Docker host on which users reach the edge."),
  statusPort: port
    .default(8081)
    .describe("Port of the Docker host, on its loopback address only: state of the edge, and the routing in force."),
  keepalive: z.int().min(1).max(1_000).default(32).describe("Idle connections to each slot that are kept open."),
};

const nginxSchema = z
  .strictObject({
    kind: z.literal("nginx"),
    ...edgeShape,
    image: imageReference
      .default("nginx:1.28.0")
      .describe("Image of the edge: nginx, by an immutable tag or a digest."),
    stickyKey: z
      .discriminatedUnion("by", [
        z.strictObject({ by: z.literal("cookie"), name: cookieName.describe("Name of the cookie.") }),
        z.strictObject({ by: z.literal("header"), name: headerName.describe("Name of the header, in lower case.") }),
        z.strictObject({ by: z.literal("address") }),
      ])
      .optional()
      .describe(
        "What keeps a user on one side: a hash of it draws the side, so no bucket has to be set before. Without it each " +
          "request is drawn.",
      ),
  })
  .refine(({ port, statusPort }) => port !== statusPort, samePort);

const traefikSchema = z
  .strictObject({
    kind: z.literal("traefik"),
    ...edgeShape,
    image: imageReference
      .default("traefik:v3.6.7")
      .describe("Image of the edge: Traefik 3, by an immutable tag or a digest."),
  })
  .refine(({ port, statusPort }) => port !== statusPort, samePort);

const portSchema = z
  .strictObject({
    kind: z.literal("port"),
    port: port.default(80).describe("Port of the Docker host on which users reach the service, without any edge."),
    candidatePort: port
      .default(18_080)
      .describe(
        "Port of the Docker host, on its loopback address only, on which a new version is checked beside the old one.",
      ),
    candidateUrl: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe(
        "Where that port is reached from where Pulumi runs, for example through a tunnel. Without it: " +
          "`http://127.0.0.1:<candidatePort>`, for an engine at hand.",
      ),
  })
  .refine(({ candidatePort, port }) => port !== candidatePort, {
    path: ["candidatePort"],
    error: "is router.port too: give each its own",
  });

/** What splits the traffic. */
export const routerSchema = z.discriminatedUnion("kind", [
  selectorSchema,
  istioSchema,
  gatewaySchema,
  ingressNginxSchema,
  kongSchema,
  nginxSchema,
  traefikSchema,
  portSchema,
]);

export type Router = z.infer<typeof routerSchema>;
export type RouterKind = Router["kind"];
export type SelectorRouter = z.infer<typeof selectorSchema>;
export type IstioRouter = z.infer<typeof istioSchema>;
export type GatewayRouter = z.infer<typeof gatewaySchema>;
export type IngressNginxRouter = z.infer<typeof ingressNginxSchema>;
export type KongRouter = z.infer<typeof kongSchema>;

export type NginxRouter = z.infer<typeof nginxSchema>;
export type TraefikRouter = z.infer<typeof traefikSchema>;

/** A container before the slots on a Docker host. */
export type EdgeRouter = NginxRouter | TraefikRouter;
/** A port of a Docker host, and nothing before the service. */
export type PortRouter = z.infer<typeof portSchema>;
/** An object of a cluster. */
export type KubernetesRouter = Exclude<Router, EdgeRouter | PortRouter>;
export type KubernetesRouterKind = KubernetesRouter["kind"];

export const KUBERNETES_ROUTERS = [
  "selector",
  "istio",
  "gateway",
  "ingressNginx",
  "kong",
] as const satisfies KubernetesRouterKind[];

export const EDGE_ROUTERS = ["nginx", "traefik"] as const satisfies EdgeRouter["kind"][];

/** The routers of a Docker host. */
export const HOST_ROUTERS = [...EDGE_ROUTERS, "port"] as const satisfies RouterKind[];

export const ROUTER_KINDS = [...KUBERNETES_ROUTERS, ...HOST_ROUTERS] as const satisfies RouterKind[];

/** Whether the service runs on a Docker host, and not in a cluster. */
export function isOnHost(router: Router): router is EdgeRouter | PortRouter {
  return isEdge(router) || router.kind === "port";
}

/** Whether an edge on a Docker host stands before the service. */
export function isEdge(router: Router): router is EdgeRouter {
  return router.kind === "nginx" || router.kind === "traefik";
}
