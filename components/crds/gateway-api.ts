import type { IHTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { CustomArgs, Spec } from "./custom-resource.ts";

export type HTTPRouteSpec = Spec<IHTTPRoute>;

/** Sends requests of a Gateway's hosts to Services, by match and by weight. */
export class HTTPRoute extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IHTTPRoute>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", ...args }, opts);
  }
}
