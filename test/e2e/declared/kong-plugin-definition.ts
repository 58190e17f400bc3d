/**
 * The definition of `KongPlugin`, as far as Kong documents the object: Kong's own definitions cannot be had from a package
 * registry. It proves that the API server takes the object, not that Kong likes what it says.
 */
export const KONG_PLUGIN_DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "kongplugins.configuration.konghq.com" },
  spec: {
    group: "configuration.konghq.com",
    scope: "Namespaced",
    names: { kind: "KongPlugin", plural: "kongplugins", singular: "kongplugin", listKind: "KongPluginList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            required: ["plugin"],
            properties: {
              plugin: { type: "string" },
              config: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
            },
          },
        },
      },
    ],
  },
};
