/** An object of Kubernetes, as a program declares it. */
export interface Body {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [part: string]: unknown;
}

const metadata = (name: string) => ({ name, namespace: "shop" });
const APP = { "app.kubernetes.io/name": "checkout" };

/** A pod that no rule objects to. */
export const pod = {
  metadata: { labels: { ...APP, "app.kubernetes.io/version": "1.0.0", version: "v1" } },
  spec: {
    terminationGracePeriodSeconds: 45,
    securityContext: { runAsNonRoot: true },
    affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100 }] } },
    volumes: [{ name: "tmp", emptyDir: {} }],
    containers: [
      {
        name: "checkout",
        image: "registry.example.com/checkout:1.0.0",
        ports: [{ containerPort: 8080 }],
        env: [
          {
            name: "JAVA_TOOL_OPTIONS",
            value: "-Xms512m -Xmx512m -XX:+UseG1GC -XX:MaxGCPauseMillis=10 -XX:+AlwaysPreTouch",
          },
          { name: "SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE", value: "30000ms" },
        ],
        resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { cpu: "2", memory: "1Gi" } },
        startupProbe: { periodSeconds: 2, failureThreshold: 60 },
        readinessProbe: { periodSeconds: 2, failureThreshold: 3 },
        livenessProbe: { periodSeconds: 10, failureThreshold: 3 },
        lifecycle: { preStop: { sleep: { seconds: 15 } } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
};

export const deployment: Body = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: metadata("checkout"),
  spec: { replicas: 3, selector: { matchLabels: APP }, template: pod },
};

export const service: Body = {
  apiVersion: "v1",
  kind: "Service",
  metadata: metadata("checkout"),
  spec: { selector: APP, ports: [{ port: 8080 }] },
};

export const budget: Body = {
  apiVersion: "policy/v1",
  kind: "PodDisruptionBudget",
  metadata: metadata("checkout"),
  spec: { maxUnavailable: 1, selector: { matchLabels: APP } },
};

export const autoscaler: Body = {
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: metadata("checkout"),
  spec: { scaleTargetRef: { kind: "Deployment", name: "checkout" }, minReplicas: 3, maxReplicas: 9 },
};

const slot = (version: string) => ({ version, image: `checkout:${version}`, replicas: 3 });

export const STATE = {
  live: "blue",
  candidate: "green",
  weight: 25,
  blue: slot("1.0.0"),
  green: slot("1.1.0"),
  serial: 7,
};

export const SETTINGS = {
  strategy: "canary",
  stages: [
    { weight: 25, approval: true },
    { weight: 100, approval: false },
  ],
  bake: 300,
  scrapeInterval: 15,
  gate: { limit: 0.01, tolerate: 1.25, latency: { limit: 0.1, percentile: 99 } },
};

/** The annotations of an object that holds weights. */
export function annotate(state: object = STATE, settings: object = SETTINGS, previous = 10) {
  return {
    "sluice.dev/serial": "7",
    "sluice.dev/release-state": JSON.stringify(state),
    "sluice.dev/rollout-settings": JSON.stringify(settings),
    "sluice.dev/previous-weight": String(previous),
  };
}

export const virtualService: Body = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { ...metadata("checkout"), annotations: annotate() },
  spec: {
    hosts: ["checkout.example.com"],
    http: [
      {
        name: "testers",
        match: [{ headers: { "x-canary": { exact: "true" } } }],
        route: [{ destination: { host: "checkout-preview" } }],
      },
      {
        name: "weighted",
        route: [
          { destination: { host: "checkout-blue.shop.svc.cluster.local" }, weight: 75 },
          { destination: { host: "checkout-green.shop.svc.cluster.local" }, weight: 25 },
        ],
      },
    ],
  },
};

export const httpRoute: Body = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  metadata: { ...metadata("checkout"), annotations: annotate() },
  spec: {
    rules: [
      { matches: [{ headers: [{ name: "X-Canary", value: "true" }] }], backendRefs: [{ name: "checkout-preview" }] },
      {
        backendRefs: [
          { name: "checkout-blue", weight: 75 },
          { name: "checkout-green", weight: 25 },
        ],
      },
    ],
  },
};

const NGINX = "nginx.ingress.kubernetes.io";

/** A canary Ingress that somebody else has written. */
export const canaryIngress: Body = {
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: {
    ...metadata("checkout-canary"),
    annotations: {
      [`${NGINX}/canary`]: "true",
      [`${NGINX}/canary-weight`]: "20",
      [`${NGINX}/canary-by-header`]: "x-canary",
    },
  },
  spec: { rules: [{ http: { paths: [{ backend: { service: { name: "checkout-green" } } }] } }] },
};

export const rollout: Body = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Rollout",
  metadata: metadata("store"),
  spec: {
    replicas: 3,
    template: pod,
    strategy: {
      canary: {
        canaryService: "store-canary",
        stableService: "store-stable",
        trafficRouting: { istio: { virtualService: { name: "store" } } },
        steps: [{ setWeight: 5 }, { pause: {} }],
        analysis: { templates: [{ templateName: "success-rate" }] },
      },
    },
  },
};

export const flagger: Body = {
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: metadata("cart"),
  spec: {
    targetRef: { kind: "Deployment", name: "cart" },
    analysis: {
      metrics: [
        { name: "request-success-rate", thresholdRange: { min: 99 } },
        { name: "request-duration", thresholdRange: { max: 500 } },
      ],
    },
  },
};

const MEASURED = "len(result) > 0 && !isNaN(result[0])";

export const analysisTemplate: Body = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AnalysisTemplate",
  metadata: metadata("success-rate"),
  spec: {
    metrics: [
      {
        name: "success-rate",
        successCondition: `${MEASURED} && result[0] >= 0.99`,
        failureCondition: `${MEASURED} && result[0] < 0.99`,
        failureLimit: 3,
        provider: {
          prometheus: { query: 'sum(rate(requests_total{code=~"2..(x)"}[1m])) / sum(rate(requests_total[1m]))' },
        },
      },
    ],
  },
};

export const prometheusRule: Body = {
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata: metadata("checkout"),
  spec: {
    groups: [
      {
        name: "checkout",
        rules: [
          { alert: "CanaryHighErrorRate", expr: "rate(errors_total[1m]) > 1", for: "5m", labels: { slot: "green" } },
        ],
      },
    ],
  },
};

export const contraction: Body = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    ...metadata("checkout-contract"),
    labels: {
      "app.kubernetes.io/part-of": "checkout",
      "app.kubernetes.io/component": "database-contract",
      "app.kubernetes.io/version": "1.0.0",
    },
  },
  spec: { template: pod },
};

export const configMap: Body = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: metadata("checkout"),
  data: { "application.yaml": "server.port: 8080", TOKEN_TTL: "15m", PASSWORD: "/etc/secrets/password" },
};
