import type { App } from "../../../config/app.ts";
import { CONTAINER_LABELS, slotLabels } from "../../../config/edge/labels.ts";
import type { Slot } from "../../../config/release-state.ts";
import type { PodHealth } from "../../gate/pods.ts";
import type { Pods } from "../../ports.ts";
import type { Container, EngineClient } from "./engine-client.ts";

/** A container that ended this often while starting will not start. */
const CRASHES = 3;

/** The containers of a slot, as the engine knows them: what pods are in a cluster. */
export function createContainers(engine: EngineClient, app: App): Pods {
  const list = async (slot: Slot) => {
    const found = await engine.list(slotLabels(app, slot));
    return found.filter(({ State }) => State.Status !== "removing" && State.Status !== "dead");
  };
  return {
    async inspect(slot) {
      const containers = await list(slot);
      const problem = containers.map(findProblem).find((found) => found !== undefined);
      return {
        ready: containers.filter(isReady).length,
        wanted: containers.length,
        ...(problem === undefined ? {} : { problem }),
      };
    },
    async readHealth(slot) {
      return (await list(slot)).map(describeHealth);
    },
  };
}

/** The services that have containers in these namespaces. */
export async function findApps(
  engine: EngineClient,
  namespaces: readonly string[],
): Promise<readonly Pick<App, "name" | "namespace">[]> {
  const found = namespaces.map(async (namespace) => {
    const containers = await engine.list({ [CONTAINER_LABELS.namespace]: namespace });
    const names = containers.map(({ Config }) => Config.Labels?.[CONTAINER_LABELS.app] ?? "");
    return [...new Set(names)].filter((name) => name !== "").map((name) => ({ name, namespace }));
  });
  return (await Promise.all(found)).flat();
}

/** How often a container has ended. The engine forgets that the last end was for want of memory once it runs again. */
function describeHealth(container: Container): PodHealth {
  const { Id, RestartCount, State } = container;
  return {
    uid: Id,
    ready: isReady(container),
    ends: RestartCount + (State.Running || State.Status === "created" ? 0 : 1),
    oomKilled: State.OOMKilled,
  };
}

/** Without a health check, whatever runs is as ready as anybody can tell. */
function isReady({ State }: Container): boolean {
  return State.Status === "running" && (State.Health?.Status ?? "healthy") === "healthy";
}

/** What keeps a container from starting, when it will not pass by waiting. */
function findProblem({ Config, Name, RestartCount, State }: Container): string | undefined {
  // Such as an address or a port that is taken: the engine tries once.
  if (State.Status !== "running" && State.Error !== "") return `container ${Name} does not start: ${State.Error}`;
  if (RestartCount >= CRASHES) return `container ${Name} ended ${RestartCount} times while starting`;
  if (State.Status === "exited" && State.ExitCode !== 0)
    return `container ${Name} of image ${Config.Image} ended with exit code ${State.ExitCode}`;
  return undefined;
}
