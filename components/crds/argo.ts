import type { IAnalysisTemplate } from "@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/AnalysisTemplate";
import type { IRollout } from "@kubernetes-models/argo-rollouts/argoproj.io/v1alpha1/Rollout";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { CustomArgs, Spec } from "./custom-resource.ts";

export type AnalysisTemplateSpec = Spec<IAnalysisTemplate>;

/** What Argo Rollouts measures, and when it has failed. */
export class AnalysisTemplate extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IAnalysisTemplate>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "argoproj.io/v1alpha1", kind: "AnalysisTemplate", ...args }, opts);
  }
}

/** Its pods are described as those of every other workload. */
export type RolloutSpec = Omit<Spec<IRollout>, "template"> & {
  readonly template: k8s.types.input.core.v1.PodTemplateSpec;
};

/** A Deployment whose versions Argo Rollouts moves the traffic to. */
export class Rollout extends k8s.apiextensions.CustomResource {
  constructor(
    name: string,
    args: Omit<CustomArgs<IRollout>, "spec"> & { readonly spec: RolloutSpec },
    opts: pulumi.CustomResourceOptions,
  ) {
    super(name, { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", ...args }, opts);
  }
}
