import type * as pulumi from "@pulumi/pulumi";

/**
 * Bounds how long the Kubernetes provider waits for a deletion. An object that is gone between its look and its watch
 * leaves it waiting, ten minutes by default; after the bound it looks again and finds the object deleted.
 */
export const boundDeletes: pulumi.ResourceTransformation = ({ opts, props, type }) => {
  if (!type.startsWith("kubernetes:")) return undefined;
  const options = opts as pulumi.CustomResourceOptions;
  const { delete: own = "30s" } = options.customTimeouts ?? {};
  return {
    props: props,
    opts: { ...options, customTimeouts: { ...options.customTimeouts, delete: own } },
  };
};
