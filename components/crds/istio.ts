import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

type ObjectMeta = k8s.types.input.meta.v1.ObjectMeta;

interface StringMatch {
  readonly exact?: string;
  readonly prefix?: string;
  readonly regex?: string;
}

interface Destination {
  readonly host: string;
  readonly subset: string;
  readonly port: { readonly number: number };
}

interface HttpRoute {
  readonly name: string;
  readonly match?: readonly { readonly headers: Readonly<Record<string, StringMatch>> }[];
  readonly route: readonly { readonly destination: Destination; readonly weight?: number }[];
  readonly retries?: { readonly attempts: number; readonly retryOn: string };
}

/** The part of Istio's `VirtualService` that is used here. */
export interface VirtualServiceSpec {
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly http: readonly HttpRoute[];
}

/** The part of Istio's `DestinationRule` that is used here. */
export interface DestinationRuleSpec {
  readonly host: string;
  readonly subsets: readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
}

interface Args<Spec> {
  readonly metadata: ObjectMeta;
  readonly spec: Spec;
}

/** Splits requests over the subsets of a service. */
export class VirtualService extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: Args<VirtualServiceSpec>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "networking.istio.io/v1", kind: "VirtualService", ...args }, opts);
  }
}

/** Names the subsets of a service by their labels. */
export class DestinationRule extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: Args<DestinationRuleSpec>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", ...args }, opts);
  }
}
