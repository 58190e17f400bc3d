import type * as k8s from "@pulumi/kubernetes";

/** Metadata and spec of a custom resource; the models are generated from the definitions' OpenAPI. */
export interface CustomArgs<Model extends { readonly spec?: unknown }> {
  readonly metadata: k8s.types.input.meta.v1.ObjectMeta;
  readonly spec: Spec<Model>;
}

export type Spec<Model extends { readonly spec?: unknown }> = NonNullable<Model["spec"]>;
