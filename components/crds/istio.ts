import type { IVirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import type { IDestinationRule } from "@kubernetes-models/istio/networking.istio.io/v1/DestinationRule";
import type { IGateway } from "@kubernetes-models/istio/networking.istio.io/v1/Gateway";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { CustomArgs, Spec } from "./custom-resource.ts";

export type VirtualServiceSpec = Spec<IVirtualService>;

/** Splits requests over Services. */
export class VirtualService extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IVirtualService>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "networking.istio.io/v1", kind: "VirtualService", ...args }, opts);
  }
}

export type DestinationRuleSpec = Spec<IDestinationRule>;

/** What holds for connections to one Service. */
export class DestinationRule extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IDestinationRule>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "networking.istio.io/v1", kind: "DestinationRule", ...args }, opts);
  }
}

export type GatewaySpec = Spec<IGateway>;

/** Ports and hosts that an Istio gateway opens. */
export class Gateway extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IGateway>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "networking.istio.io/v1", kind: "Gateway", ...args }, opts);
  }
}
