import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { kubectl } from "../lab-support.ts";

const GOLDEN = path.resolve(import.meta.dirname, "../../golden");

/** The definitions that the wrappers of `components/crds/` are about; KongPlugin's cannot be had from a registry. */
const DEFINITIONS = [
  "virtualservices.networking.istio.io",
  "destinationrules.networking.istio.io",
  "gateways.networking.istio.io",
  "httproutes.gateway.networking.k8s.io",
  "rollouts.argoproj.io",
  "analysistemplates.argoproj.io",
  "prometheusrules.monitoring.coreos.com",
  "servicemonitors.monitoring.coreos.com",
  "podmonitors.monitoring.coreos.com",
];

type Schema = Readonly<Record<string, unknown>>;

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

interface Resource {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("custom resources", () => {
  it("of every golden dump are what their definitions' OpenAPI allows, without an unknown field", async () => {
    const validators = await readValidators();
    const resources = await readResources();
    const judged = resources.flatMap(({ inputs, name, type }) => {
      const validate = validators.get(type.replace("kubernetes:", ""));
      if (validate === undefined) return [];
      validate({ spec: inputs.spec });
      return [{ kind: type, name, errors: validate.errors ?? [] }];
    });
    assert.deepEqual(
      judged.filter(({ errors }) => errors.length > 0),
      [],
    );
    const kinds = new Set(judged.map(({ kind }) => kind.split(":").at(-1)));
    assert.deepEqual([...kinds].toSorted(), [
      "AnalysisTemplate",
      "DestinationRule",
      "HTTPRoute",
      "PodMonitor",
      "PrometheusRule",
      "Rollout",
      "ServiceMonitor",
      "VirtualService",
    ]);
  });

  it("with a field that the definition does not know are found out", async () => {
    const validators = await readValidators();
    const validate = validators.get("networking.istio.io/v1:VirtualService");
    assert.equal(
      validate?.({ spec: { hosts: ["a"], http: [{ route: [{ destination: { host: "a" }, wait: 1 }] }] } }),
      false,
    );
  });
});

/** One validator for each definition and version, as `group/version:Kind`. */
async function readValidators(): Promise<ReadonlyMap<string, ValidateFunction>> {
  const { items } = JSON.parse(await kubectl(["get", "crd", ...DEFINITIONS, "-o", "json"])) as { items: Definition[] };
  assert.equal(items.length, DEFINITIONS.length);
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  return new Map(
    items.flatMap(({ spec }) =>
      spec.versions.map(({ name, schema }) => [
        `${spec.group}/${name}:${spec.names.kind}`,
        ajv.compile(close({ properties: { spec: (schema.openAPIV3Schema.properties as Schema).spec } })),
      ]),
    ),
  );
}

/** Refuses what a schema does not name, as the API server does under server-side apply; OpenAPI alone would let it be. */
function close(schema: unknown): Schema {
  if ((schema as Schema)["x-kubernetes-int-or-string"] === true) return { type: ["integer", "string"] };
  // Patterns are Go's regular expressions: not all of them are JavaScript's.
  const rest: Schema = Object.fromEntries(Object.entries(schema as Schema).filter(([key]) => key !== "pattern"));
  const { additionalProperties, items, properties } = rest;
  const free = rest["x-kubernetes-preserve-unknown-fields"] === true || additionalProperties !== undefined;
  return {
    ...rest,
    ...(items === undefined ? {} : { items: close(items) }),
    ...(isSchema(additionalProperties) ? { additionalProperties: close(additionalProperties) } : {}),
    ...(isSchema(properties)
      ? {
          properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, close(value)])),
          ...(free ? {} : { additionalProperties: false }),
        }
      : {}),
  };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}

async function readResources(): Promise<readonly Resource[]> {
  const files = await readdir(GOLDEN);
  const dumps = await Promise.all(files.map((file) => readFile(path.join(GOLDEN, file), "utf8")));
  return dumps.flatMap((dump) => JSON.parse(dump) as Resource[]);
}
