import * as pulumi from "@pulumi/pulumi";
import { parseStackConfig } from "../../config/parse.ts";
import type { RoutingHandle } from "../../config/outputs.ts";
import { declareService } from "../../components/declare-service.ts";

/** A resource as the engine was asked for it. */
export interface Recorded {
  readonly type: string;
  readonly name: string;
  /** Name of the component that holds it. */
  readonly parent?: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

const names = new Map<pulumi.Resource, string>();
const parents = new Map<string, string>();
let recorded: Recorded[] = [];

await pulumi.runtime.setMocks(
  {
    newResource: ({ inputs, name, type }) => {
      const parent = parents.get(name);
      recorded.push({
        type,
        name,
        ...(parent === undefined ? {} : { parent }),
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
  /** Absent where the strategy moves its traffic by itself. */
  readonly routing: RoutingHandle | undefined;
  get(name: string): Readonly<Record<string, unknown>>;
}

/** Parents are options, not inputs: the engine's mocks do not see them. */
function noteParent({
  name,
  opts,
  props,
  resource,
}: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult {
  names.set(resource, name);
  const parent = opts.parent === undefined ? undefined : names.get(opts.parent);
  if (parent !== undefined) parents.set(name, parent);
  return { props: props, opts };
}

export async function recordService(values: unknown): Promise<Recording> {
  recorded = [];
  const service = declareService(parseStackConfig(values, "test"), { transformations: [noteParent] });
  await pulumi.runtime.disconnect();
  const resources = recorded.toSorted((a, b) => `${a.type} ${a.name}`.localeCompare(`${b.type} ${b.name}`));
  return {
    resources,
    routing: service.routing,
    get(name) {
      const found = resources.find((resource) => resource.name === name);
      if (found === undefined) throw new Error(`no resource ${name} among ${resources.map((r) => r.name).join(", ")}`);
      return found.inputs;
    },
  };
}
