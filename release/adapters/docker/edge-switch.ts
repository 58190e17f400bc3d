import type { App } from "../../../config/app.ts";
import { dockerNames } from "../../../config/docker-host.ts";
import { inspection } from "../../../config/edge/activation.ts";
import { EDGE_DIRECTORY, edgeRoutingBack, routingFile, type EdgeBasis } from "../../../config/edge/basis.ts";
import { readServed } from "../../../config/edge/mark.ts";
import { readRouting, renderRouting, type EdgeFacts } from "../../../config/edge/routing.ts";
import { rolledBack, switched, type ReleaseState, type Slot } from "../../../config/release-state.ts";
import { EDGE_ROUTERS } from "../../../config/router.ts";
import { activate, ActivationError } from "../../../engine/activate.ts";
import { UserError } from "../../errors.ts";
import type { Pods, Routing, TrafficSwitch } from "../../ports.ts";
import type { EngineClient } from "./engine-client.ts";

/** What of a router the switch needs to know: which edge it is, and where that tells of itself. */
export type EdgePlace = Pick<EdgeBasis, "kind" | "statusPort">;

/**
 * Reads and writes the routing of an edge past Pulumi. What is written is rendered from what the file itself says, so that the
 * way back needs no stack; it is in force when the edge says so.
 */
export function createEdgeSwitch(
  engine: EngineClient,
  app: App,
  { kind, statusPort }: EdgePlace,
  pods: Pick<Pods, "inspect">,
): TrafficSwitch {
  const edge = dockerNames.edge(app);
  const run = (command: readonly string[]) => engine.run(edge, command);

  /** First line of the routing that was in place when the edge was last looked at. */
  let seen: string | undefined;

  const look = async (): Promise<Routing> => {
    const { code, stderr, stdout } = await run(inspection(kind, statusPort));
    if (code !== 0) throw new Error(`edge ${edge} does not tell its routing: ${stderr.trim()}`);
    const end = stdout.indexOf("\n");
    const { state } = requireOurs(stdout, edge);
    const served = readServed(stdout.slice(end + 1));
    seen = stdout.slice(0, end);
    if (served === undefined) throw new Error(`edge ${edge} follows no routing of this project`);
    return { serial: state.serial, weights: served.weights, state };
  };

  /** What is to be served, whether the edge follows it or not. */
  const readFacts = async (): Promise<EdgeFacts> => {
    const text = await engine.readFile(edge, `${EDGE_DIRECTORY}/${routingFile(kind)}`);
    return requireOurs(text ?? "", edge);
  };

  const requireReady = async (slot: Slot, role: string): Promise<void> => {
    const { ready } = await pods.inspect(slot);
    if (ready === 0) throw new Error(`${role} has no ready container in slot ${slot}: traffic stays where it is`);
  };

  /** Writes in place of what was seen last, which saves a reading; where something else is there by now, of what that is. */
  const inPlaceOf = async (
    write: (facts: EdgeFacts, over?: string) => Promise<ReleaseState>,
  ): Promise<ReleaseState> => {
    const line = seen;
    seen = undefined;
    if (line !== undefined) {
      try {
        return await write(requireOurs(line, edge), line);
      } catch (error) {
        if (!(error instanceof ActivationError && error.end === "stale")) throw error;
      }
    }
    return write(await readFacts());
  };

  const put = async (basis: EdgeBasis, state: ReleaseState, over: string | undefined): Promise<ReleaseState> => {
    await activate(run, renderRouting(edgeRoutingBack(basis, state)), { over });
    return state;
  };

  return {
    read: look,
    takeBack: (handle, aboveSerial) =>
      inPlaceOf(async ({ basis, state }, over) => {
        const { live } = state;
        await requireReady(live, "stable");
        if (handle !== undefined && handle.live !== live) {
          throw new Error(
            `${live} is live at the edge, but ${handle.live} when the stack was last updated: ` +
              'run "sluice sync" and "pulumi up" first',
          );
        }
        return put(basis, { ...rolledBack(state), serial: Math.max(aboveSerial, state.serial) + 1 }, over);
      }),
    switchTo: (slot, aboveSerial) =>
      inPlaceOf(async ({ basis, state }, over) => {
        const isLive = state.live === slot;
        if (isLive && state.candidate === undefined) {
          // Done already, by whoever did it first.
          const now = await look();
          if (now.state.live === slot && now.weights[slot] === 100) return now.state;
        }
        await requireReady(slot, state[slot]?.version ?? "nothing");
        const next = isLive ? rolledBack(state) : switched(state);
        return put(basis, { ...next, serial: Math.max(aboveSerial, state.serial) + 1 }, over);
      }),
  };
}

/**
 * Which edge an app has, found on the host: where no stack file tells it.
 *
 * @throws UserError when the app has none
 */
export async function findEdge(engine: EngineClient, app: App): Promise<EdgePlace> {
  const edge = dockerNames.edge(app);
  for (const kind of EDGE_ROUTERS) {
    const facts = readRouting((await engine.readFile(edge, `${EDGE_DIRECTORY}/${routingFile(kind)}`)) ?? "");
    if (facts?.basis.kind === kind) return facts.basis;
  }
  throw new UserError(`${app.namespace}/${app.name} has no edge on this Docker host: there is no routing in ${edge}.`);
}

function requireOurs(text: string, edge: string): EdgeFacts {
  const facts = readRouting(text);
  if (facts !== undefined) return facts;
  throw new UserError(`Edge ${edge} has no routing that this stack wrote: run "pulumi up" first.`);
}
