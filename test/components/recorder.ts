import * as pulumi from "@pulumi/pulumi";
import { parseStackConfig } from "../../config/parse.ts";
import type { RoutingHandle } from "../../config/outputs.ts";
import type { Secrets } from "../../config/secrets.ts";
import { declareService } from "../../components/declare-service.ts";

/** A resource as the engine was asked for it. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  /** Name of the component that holds it. */
  readonly parent?: string;
  /** Inputs that stay as they were made, whatever they are later. */
  readonly ignoreChanges?: readonly string[];
  readonly inputs: Readonly<Record<string, unknown>>;
}

const names = new Map<pulumi.Resource, string>();
const parents = new Map<string, string>();
const ignored = new Map<string, readonly string[]>();
let recorded: Recorded[] = [];

await pulumi.runtime.setMocks(
  {
    newResource: ({ inputs, name, type }) => {
      const parent = parents.get(name);
      const ignoreChanges = ignored.get(name);
      recorded.push({
        type,
        name,
        ...(parent === undefined ? {} : { parent }),
        ...(ignoreChanges === undefined ? {} : { ignoreChanges }),
        inputs: inputs as Record<string, unknown>,
      });
      return { id: `${name}-id`, state: inputs as Record<string, unknown> };
    },
    call: () => ({}),
  },
  "sluice",
  "test",
);

/** Every resource of one service. */
export interface Recording {
  readonly resources: readonly Recorded[];
  /** The names of the resources as the engine was asked for them, one after the other. */
  readonly order: readonly string[];
  /** Absent where the strategy moves its traffic by itself. */
  readonly routing: RoutingHandle | undefined;
  get(name: string): Readonly<Record<string, unknown>>;
}

/** Parents and ignored changes are options, not inputs: the engine's mocks do not see them. */
function noteOptions({
  name,
  opts,
  props,
  resource,
}: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult {
  names.set(resource, name);
  const parent = opts.parent === undefined ? undefined : names.get(opts.parent);
  if (parent !== undefined) parents.set(name, parent);
  const { ignoreChanges } = opts as pulumi.CustomResourceOptions;
  if (ignoreChanges === undefined) ignored.delete(name);
  else ignored.set(name, ignoreChanges);
  return { props: props, opts };
}

export async function recordService(values: unknown, secrets: Secrets = {}): Promise<Recording> {
  recorded = [];
  const stack = parseStackConfig(values, "test");
  const service = declareService(
    stack,
    { transformations: [noteOptions] },
    Object.keys(secrets).length === 0 ? {} : pulumi.secret(secrets),
  );
  await pulumi.runtime.disconnect();
  const resources = recorded.toSorted((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
  return {
    resources,
    order: recorded.map(({ name }) => name),
    routing: service.routing,
    get(name) {
      const found = resources.find((resource) => resource.name === name);
      if (found === undefined) throw new Error(`no resource ${name} among ${resources.map((r) => r.name).join(", ")}`);
      return found.inputs;
    },
  };
}
