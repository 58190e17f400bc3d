import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import { EXEMPTION_PREFIX, leaseName } from "../config/limits.ts";
import { SLOTS } from "../config/release-state.ts";
import { TOKEN_VARIABLE, type Watchdog as WatchdogConfig } from "../config/watchdog.ts";
import type { RoutingObjects } from "./routers/router.ts";

export interface WatchdogArgs {
  readonly app: App;
  readonly watchdog: WatchdogConfig;
  /** The objects by which the traffic is moved. */
  readonly routing: readonly RoutingObjects[];
}

/**
 * A pod that takes the traffic off a version under release when its release program has died, or at a critical alert. It
 * may read the service's pods and records, and write its lease, its records and the router's objects: nothing else.
 */
export class Watchdog extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Watchdog";

  constructor(name: string, { app, routing, watchdog }: WatchdogArgs, opts: pulumi.ComponentResourceOptions) {
    super(Watchdog.__pulumiType, name, {}, opts);
    const labels = { "app.kubernetes.io/name": `${app.name}-watchdog` };
    const metadata = { name: `${app.name}-watchdog`, namespace: app.namespace, labels };
    const account = new k8s.core.v1.ServiceAccount(`${name}-account`, { metadata }, { parent: this });
    const role = new k8s.rbac.v1.Role(`${name}-role`, { metadata, rules: rulesFor(app, routing) }, { parent: this });
    const binding = new k8s.rbac.v1.RoleBinding(
      `${name}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: account.metadata.name, namespace: app.namespace }],
      },
      { parent: this },
    );
    new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: { ...metadata, annotations: { [`${EXEMPTION_PREFIX}require-replicas`]: "two would act at once" } },
        spec: {
          replicas: 1,
          selector: { matchLabels: labels },
          // Two would get in each other's way for a moment, none would see nothing: a new one starts before the old one ends.
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: account.metadata.name,
              securityContext: { runAsNonRoot: true, runAsUser: 65532, seccompProfile: { type: "RuntimeDefault" } },
              containers: [container(app, watchdog)],
            },
          },
        },
      },
      { parent: this, dependsOn: binding },
    );
    if (watchdog.alerts !== undefined) {
      const { port } = watchdog.alerts;
      const spec = { selector: labels, ports: [{ name: "http", port, targetPort: port }] };
      new k8s.core.v1.Service(`${name}-service`, { metadata, spec }, { parent: this });
    }
    this.registerOutputs({});
  }
}

function rulesFor(app: App, routing: readonly RoutingObjects[]): k8s.types.input.rbac.v1.PolicyRule[] {
  const leases = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
  return [
    // A list cannot be held to names.
    { ...leases, verbs: ["list"] },
    { ...leases, resourceNames: [leaseName(app.name)], verbs: ["get", "update"] },
    // Each release has a record of its own name.
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "update"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    // By which "sluice abort --app" knows the service: the pod is a way back where nothing else is at hand.
    { apiGroups: [""], resources: ["services"], resourceNames: [app.name], verbs: ["get"] },
    {
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: SLOTS.map((slot) => `${app.name}-${slot}`),
      verbs: ["get"],
    },
    ...routing.map(({ apiGroup, names, resource }) => ({
      apiGroups: [apiGroup],
      resources: [resource],
      resourceNames: [...names],
      verbs: ["get", "patch"],
    })),
  ];
}

function container(app: App, { alerts, apiServer, image }: WatchdogConfig): k8s.types.input.core.v1.Container {
  const [host, port] = apiServer?.split(":") ?? [];
  const address = [
    { name: "KUBERNETES_SERVICE_HOST", value: host },
    { name: "KUBERNETES_SERVICE_PORT", value: port },
  ];
  const token = { secretKeyRef: { name: alerts?.tokenSecret, key: "token" } };
  return {
    name: "watchdog",
    image,
    imagePullPolicy: "IfNotPresent",
    args: [
      "watchdog",
      "--namespace",
      app.namespace,
      "--app",
      app.name,
      ...(alerts === undefined ? [] : ["--listen", `0.0.0.0:${alerts.port}`]),
    ],
    env: [
      ...(apiServer === undefined ? [] : address),
      ...(alerts === undefined ? [] : [{ name: TOKEN_VARIABLE, valueFrom: token }]),
    ],
    ...(alerts === undefined ? {} : { livenessProbe: { httpGet: { path: "/health", port: alerts.port } } }),
    resources: { requests: { cpu: "20m", memory: "96Mi" }, limits: { memory: "192Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}
