import { isDeepStrictEqual } from "node:util";
import type { Container } from "dockerode";
import { EDGE_DIRECTORY, routingFile } from "../../config/edge/basis.ts";
import { readRouting, type EdgeFacts } from "../../config/edge/routing.ts";
import type { ReleaseState } from "../../config/release-state.ts";
import { activate } from "../../engine/activate.ts";
import { putBeside } from "../../engine/beside.ts";
import { connectEngine, isMissing, type Engine } from "../../engine/connect.ts";
import { execIn } from "../../engine/exec.ts";
import { readFileIn } from "../../engine/files.ts";
import type { EdgeRoutingInputs } from "./edge-routing.ts";
import type { LocalProvider } from "../../engine/local-provider.ts";

/** Puts an edge's configuration into its volume, unless somebody who knows more has moved the traffic since. */
export const provider: LocalProvider<EdgeRoutingInputs> = {
  async diff(_id, olds, news) {
    const changes = (["base", "routing", "edge", "volume", "docker"] as const).some(
      (key) => !isDeepStrictEqual(olds[key], news[key]),
    );
    if (changes) await refuseOld(connectEngine(news.docker), news);
    return { changes };
  },
  async create(inputs) {
    await put(inputs);
    return { id: inputs.edge, outs: inputs };
  },
  async update(_id, _olds, inputs) {
    await put(inputs);
    return { outs: inputs };
  },
};

/** An edge that runs follows at once, or keeps what it has; one that does not follows when it starts. */
async function put(inputs: EdgeRoutingInputs): Promise<void> {
  const { base, edge, routing } = inputs;
  const engine = connectEngine(inputs.docker);
  await refuseOld(engine, inputs);
  const container = engine.getContainer(edge);
  if (await isRunning(container)) {
    await activate((command) => execIn(engine, container, command), routing, { base });
    return;
  }
  const { kind } = factsOf(routing).basis;
  await putBeside(
    engine,
    { volume: inputs.volume, image: inputs.image, directory: EDGE_DIRECTORY },
    { [base.name]: base.text, [routingFile(kind)]: routing },
    kind === "nginx" ? `nginx -t -q -p /tmp/ -c ${EDGE_DIRECTORY}/${base.name}` : "true",
  );
}

async function isRunning(container: Container): Promise<boolean> {
  try {
    return (await container.inspect()).State.Running;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Who does not know the present routing may not change it; what else the state holds may change at the same serial. */
async function refuseOld(engine: Engine, { edge, routing }: EdgeRoutingInputs): Promise<void> {
  const { basis, state } = factsOf(routing);
  const text = await readFileIn(engine.getContainer(edge), `${EDGE_DIRECTORY}/${routingFile(basis.kind)}`);
  const present = text === undefined ? undefined : readRouting(text)?.state;
  if (present === undefined || state.serial > present.serial) return;
  if (state.serial === present.serial && leadsAlike(state, present)) return;
  throw new Error(
    `the routing of ${basis.app.namespace}/${basis.app.name} is at serial ${present.serial}, this write knows serial ` +
      `${state.serial}: run "sluice sync" to bring the stack file up to date (a change of the routing made by hand raises ` +
      "release.serial by 1)",
  );
}

function leadsAlike(one: ReleaseState, other: ReleaseState): boolean {
  return one.live === other.live && one.candidate === other.candidate && one.weight === other.weight;
}

function factsOf(routing: string): EdgeFacts {
  const facts = readRouting(routing);
  if (facts === undefined) throw new RangeError("edge: no routing of this project");
  return facts;
}
