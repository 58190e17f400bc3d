import { textAt, textsAt, type Tree } from "./reading/read.ts";
import { Undecided } from "./unknowns.ts";

/** What is known of a resource before its content is looked at. */
export interface ResourceSource {
  readonly apiGroup: string;
  readonly kind: string;
  /** The resource's own name in its stack, where it has one. */
  readonly logicalName?: string;
  readonly urn?: string;
  /** Inputs that the declaring program leaves as they are. */
  readonly ignoreChanges?: readonly string[];
  /** Where it is written down: a file. */
  readonly file?: string;
  readonly line?: number;
}

/** An object of Kubernetes, wherever it was found. Its content is read when a rule asks for it. */
export class Resource {
  readonly source: ResourceSource;
  readonly #load: () => Tree;
  #body: Tree | undefined;

  constructor(source: ResourceSource, load: () => Tree) {
    this.source = source;
    this.#load = load;
  }

  get kind(): string {
    return this.source.kind;
  }

  get body(): Tree {
    return (this.#body ??= this.#load());
  }

  get name(): string | undefined {
    return textAt(this.body, "metadata", "name");
  }

  /** `""` where none is said: whoever applies it decides. */
  get namespace(): string {
    return textAt(this.body, "metadata", "namespace") ?? "";
  }

  get annotations(): Readonly<Record<string, string>> {
    return textsAt(this.body, "metadata", "annotations");
  }

  /** How it is called in reports; never fails. */
  get title(): string {
    try {
      const named = this.name ?? textAt(this.body, "metadata", "generateName");
      if (named !== undefined) return `${this.kind} ${this.namespace === "" ? "" : `${this.namespace}/`}${named}`;
    } catch (error) {
      if (!(error instanceof Undecided)) throw error;
    }
    return `${this.kind} ${this.source.logicalName ?? "without a name"}`;
  }

  /** Whether the declaring program leaves this field to somebody else. */
  ignores(field: string): boolean {
    return this.source.ignoreChanges?.some((path) => path === field || field.startsWith(`${path}.`)) ?? false;
  }
}

/** The group of an `apiVersion`; Kubernetes' first objects have none. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** The groups of the kinds that rules speak of: others have kinds of the same names. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  AnalysisTemplate: ["argoproj.io"],
  Canary: ["flagger.app"],
  ClusterAnalysisTemplate: ["argoproj.io"],
  ConfigMap: [""],
  CronJob: ["batch"],
  DaemonSet: ["apps"],
  Deployment: ["apps"],
  DestinationRule: ["networking.istio.io"],
  HorizontalPodAutoscaler: ["autoscaling"],
  HTTPRoute: ["gateway.networking.k8s.io"],
  Ingress: ["networking.k8s.io", "extensions"],
  Job: ["batch"],
  KongPlugin: ["configuration.konghq.com"],
  MetricTemplate: ["flagger.app"],
  Pod: [""],
  PodDisruptionBudget: ["policy"],
  PodMonitor: ["monitoring.coreos.com"],
  PrometheusRule: ["monitoring.coreos.com"],
  Rollout: ["argoproj.io"],
  Service: [""],
  ServiceMonitor: ["monitoring.coreos.com"],
  StatefulSet: ["apps"],
  VirtualService: ["networking.istio.io"],
};

/** Whether rules speak of objects of this kind. */
export function isReviewed(apiGroup: string, kind: string): boolean {
  return GROUPS[kind]?.includes(apiGroup) ?? false;
}
