import assert from "node:assert/strict";
import { V1ServicePort, V1ServiceSpec } from "@kubernetes/client-node";
import { takeOwned } from "../../../release/adapters/switches/owned-fields.ts";
import { liveObjectSchema } from "../../../release/adapters/switches/router-part.ts";

const id = { apiVersion: "v1", kind: "Service", namespace: "shop", name: "checkout" };

/** A Service as an API server keeps it: applied by us, completed by the server, annotated by a controller. */
const service = liveObjectSchema.parse({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "checkout",
    namespace: "shop",
    uid: "0d2c",
    resourceVersion: "812",
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: { "app.kubernetes.io/name": "checkout", "cloud.example.com/zone": "a" },
    annotations: { "sluice.dev/serial": "4", "cloud.example.com/address": "192.0.2.7" },
    finalizers: ["service.kubernetes.io/load-balancer-cleanup"],
    managedFields: [
      {
        manager: "sluice",
        operation: "Apply",
        apiVersion: "v1",
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": {
            "f:annotations": { "f:sluice.dev/serial": {}, "f:gone": {} },
            "f:labels": { "f:app.kubernetes.io/name": {} },
          },
          "f:spec": {
            "f:ports": {
              'k:{"port":8080,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {}, "f:targetPort": {} },
            },
            "f:selector": {},
            "f:type": {},
          },
        },
      },
      {
        manager: "cloud",
        operation: "Update",
        fieldsV1: {
          "f:metadata": {
            "f:annotations": { ".": {}, "f:cloud.example.com/address": {} },
            "f:finalizers": { ".": {}, 'v:"service.kubernetes.io/load-balancer-cleanup"': {} },
          },
        },
      },
      { manager: "sluice", operation: "Update", fieldsV1: { "f:spec": { "f:sessionAffinity": {} } } },
      { manager: "sluice", operation: "Apply", subresource: "status", fieldsV1: { "f:status": {} } },
    ],
  },
  spec: {
    type: "LoadBalancer",
    clusterIP: "198.51.100.9",
    sessionAffinity: "None",
    selector: { "app.kubernetes.io/name": "checkout", "sluice.dev/slot": "blue" },
    ports: [
      { name: "http", port: 8080, protocol: "TCP", targetPort: 8080, nodePort: 30_007 },
      { name: "admin", port: 9090, protocol: "TCP", targetPort: 9090, nodePort: 30_008 },
    ],
  },
  status: { loadBalancer: {} },
});

describe("the fields that a manager holds", () => {
  it("are what it has applied: neither the server's nor another's", () => {
    assert.deepEqual(takeOwned(id, service, "sluice"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "checkout",
        namespace: "shop",
        labels: { "app.kubernetes.io/name": "checkout" },
        annotations: { "sluice.dev/serial": "4" },
      },
      spec: {
        type: "LoadBalancer",
        selector: { "app.kubernetes.io/name": "checkout", "sluice.dev/slot": "blue" },
        ports: [{ name: "http", port: 8080, protocol: "TCP", targetPort: 8080 }],
      },
    });
  });

  it("are found in the client's instances of classes, too", () => {
    const spec = Object.assign(new V1ServiceSpec(), service.spec);
    const ports = (spec.ports ?? []).map((port) => Object.assign(new V1ServicePort(), port));
    const read = liveObjectSchema.parse({ ...service, spec: Object.assign(spec, { ports }) });
    assert.deepEqual(takeOwned(id, read, "sluice"), takeOwned(id, service, "sluice"));
  });

  it("are none but the name where it has applied nothing", () => {
    const metadata = { name: "checkout", namespace: "shop", annotations: {} };
    assert.deepEqual(takeOwned(id, service, "nobody"), { apiVersion: "v1", kind: "Service", metadata });
  });

  it("are the elements of a set that it has added", () => {
    const object = liveObjectSchema.parse({
      metadata: {
        finalizers: ["a", "b", "c"],
        managedFields: [
          {
            manager: "sluice",
            operation: "Apply",
            fieldsV1: { "f:metadata": { "f:finalizers": { ".": {}, 'v:"a"': {}, 'v:"c"': {} } } },
          },
        ],
      },
    });
    assert.deepEqual(takeOwned(id, object, "sluice").metadata, {
      name: "checkout",
      namespace: "shop",
      annotations: {},
      finalizers: ["a", "c"],
    });
  });
});
