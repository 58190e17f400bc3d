/** The Pulumi program of `policies.test.ts`: the objects that are written in the file `SLUICE_OBJECTS`. */
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Body } from "../../policies/objects.ts";

/** In place of a value: one that is not known before the update. */
const UNKNOWN = "{{ unknown }}";

const { SLUICE_OBJECTS: file } = process.env;
if (file === undefined) throw new Error("SLUICE_OBJECTS names no file");
const bodies = JSON.parse(readFileSync(file, "utf8")) as readonly Body[];

const provider = new k8s.Provider("cluster", { enableServerSideApply: true });
const coming = new k8s.core.v1.ConfigMap("coming", { metadata: { namespace: "default" } }, { provider });

bodies.forEach(({ apiVersion, kind, ...rest }, i) => {
  const parts = fill(rest) as Record<string, unknown>;
  const name = `r${i}`;
  if (kind === "Service") new k8s.core.v1.Service(name, parts, { provider });
  else if (kind === "ConfigMap") new k8s.core.v1.ConfigMap(name, parts, { provider });
  else new k8s.apiextensions.CustomResource(name, { apiVersion, kind, ...parts }, { provider });
});

function fill(value: unknown): unknown {
  if (value === UNKNOWN) return pulumi.interpolate`unknown-${coming.id}`;
  if (Array.isArray(value)) return value.map(fill);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, fill(part)]));
}
