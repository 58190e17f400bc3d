import type * as pulumi from "@pulumi/pulumi";

const POLICY = "pulumi.com/deletionPropagationPolicy";

/**
 * Lets an object be gone as soon as it is deleted, and what it owns after it. By default the Kubernetes provider deletes
 * in the foreground: the garbage collector takes the object away a moment later, between the provider's look and its
 * watch, and then the provider waits for an event that has passed: for ten minutes, or as long as is said here.
 *
 * To be given to whatever declares Kubernetes objects: `{ transformations: [quickDeletes] }`.
 */
export const quickDeletes: pulumi.ResourceTransformation = ({ opts, props, type }) => {
  if (!type.startsWith("kubernetes:")) return undefined;
  const { metadata, ...inputs } = props as { metadata?: { annotations?: Record<string, pulumi.Input<string>> } };
  const options = opts as pulumi.CustomResourceOptions;
  const { delete: own = "1m" } = options.customTimeouts ?? {};
  return {
    props: { ...inputs, metadata: { ...metadata, annotations: { [POLICY]: "background", ...metadata?.annotations } } },
    opts: { ...options, customTimeouts: { ...options.customTimeouts, delete: own } },
  };
};
