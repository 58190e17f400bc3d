import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { EDGE_DIRECTORY } from "../../config/edge/basis.ts";
import { readRouting } from "../../config/edge/routing.ts";
import { connectEngine, isMissing, type Engine } from "../../engine/connect.ts";
import { readFileIn } from "../../engine/files.ts";
import { putEdge } from "../../engine/put-edge.ts";
import { readServedBy } from "../../engine/served.ts";
import type { EdgeRoutingInputs } from "./edge-routing.ts";
import type { LocalProvider } from "./local-resource.ts";

/** How long an edge may take to follow its new routing. */
const IN_FORCE_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 100;

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

async function put(inputs: EdgeRoutingInputs): Promise<void> {
  const { base, routing } = inputs;
  const engine = connectEngine(inputs.docker);
  await refuseOld(engine, inputs);
  const takeBack = await putEdge(engine, inputs, { ...base, [routing.file]: routing.text });
  const wanted = serialOf(routing.text);
  if (await isInForce(engine, inputs, wanted)) return;
  await takeBack();
  throw new Error(
    `${inputs.edge} did not follow its new routing (serial ${wanted}) within ${IN_FORCE_WITHIN_MS / 1_000} s: ` +
      `the former one is back in force. Its log says why: docker logs ${inputs.edge}`,
  );
}

/** An edge that does not run follows the routing when it starts. */
async function isInForce(engine: Engine, { edge, statusPort }: EdgeRoutingInputs, serial: number): Promise<boolean> {
  const end = performance.now() + IN_FORCE_WITHIN_MS;
  for (;;) {
    const served = await readServedBy(engine, edge, statusPort);
    if (served === "down" || served?.serial === serial) return true;
    if (performance.now() > end) return false;
    await sleep(LOOK_EVERY_MS);
  }
}

/** Who does not know the present routing may not change it; the same serial must stand for the same routing. */
async function refuseOld(engine: Engine, { edge, routing }: EdgeRoutingInputs): Promise<void> {
  const present = await readPresent(engine, edge, routing.file);
  if (present === undefined || present === routing.text) return;
  const [there, known] = [serialOf(present), serialOf(routing.text)];
  if (known > there) return;
  throw new Error(
    `the routing of ${edge} is at serial ${there}, this write knows serial ${known}: run "sluice sync" to bring the ` +
      "stack file up to date (a change of the routing made by hand raises release.serial by 1)",
  );
}

async function readPresent(engine: Engine, edge: string, file: string): Promise<string | undefined> {
  try {
    return await readFileIn(engine.getContainer(edge), `${EDGE_DIRECTORY}/${file}`);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function serialOf(text: string): number {
  return readRouting(text)?.state.serial ?? 0;
}
