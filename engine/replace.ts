import type { Container } from "dockerode";
import type { Docker } from "../config/docker.ts";
import type { Checks } from "../config/checks.ts";
import { isMissing, isStatus, type Engine } from "./connect.ts";
import { containerOptions, containerSchema, type DeclaredContainer } from "./container-options.ts";
import { waitUntilHealthy } from "./healthy.ts";

/** The only container of a service, and what has to be known to put a new one in its place. */
export interface Replacement {
  readonly docker: Pick<Docker, "host" | "tls">;
  /** The container, without its port of the host. */
  readonly container: DeclaredContainer;
  /** Port on which the service listens in the container. */
  readonly listens: number;
  /** Port of the host on which users reach it. */
  readonly port: number;
  /** Port of the host's loopback address on which a new version is checked. */
  readonly candidatePort: number;
  /** Where that port is reached. */
  readonly candidateUrl: string;
  /** What a new version must answer before the old one goes. */
  readonly checks: Pick<Checks, "health" | "requests">;
  /** Older images of the service that stay. */
  readonly keepImages: number;
}

/** Asks a new version for all that is declared. @returns why it may not serve; `undefined` when it may */
export type CheckVersion = (next: Replacement) => Promise<string | undefined>;

/** Loopback for checks; all addresses for users. */
const [LOCAL, ALL] = ["127.0.0.1", "0.0.0.0"];

/**
 * Puts a container in the place of the one that serves: first beside it, on the candidate's port; only when that is healthy
 * and passes its checks, the old one is stopped and the new one started on the users' port; when it does not become healthy
 * there, the old one is started again. Whatever an earlier run left half done is put in order first.
 *
 * @throws Error with why the new version does not serve; then the old one does, as before
 */
export async function replaceContainer(engine: Engine, next: Replacement, check: CheckVersion): Promise<void> {
  const names = namesOf(next);
  await putInOrder(engine, next);
  const old = await find(engine, names.serving);
  if (old !== undefined) await tryBeside(engine, next, check);
  const isOver = old === undefined ? undefined : await setAside(old, names);
  try {
    await start(engine, next, names.serving, { ip: ALL, port: next.port });
  } catch (error) {
    if (old === undefined) throw error;
    await putBack(old, next);
    throw new Error(`${messageOf(error)}\nThe old container serves again.`, { cause: error });
  }
  await isOver?.remove({ force: true, v: true });
}

/** Removes the container, and what was beside it. */
export async function removeReplaced(engine: Engine, next: Replacement): Promise<void> {
  const { candidate, previous, serving } = namesOf(next);
  const { destroyGraceSeconds: t } = containerSchema.parse(next.container);
  for (const name of [candidate, serving, previous]) {
    const container = await find(engine, name);
    await container?.stop({ t }).catch(() => undefined);
    await container?.remove({ force: true, v: true });
  }
}

/**
 * Removes older images of the same repository that nobody uses, but for the newest.
 *
 * @returns the names of those that are gone
 */
export async function pruneImages(engine: Engine, image: string, keep: number): Promise<readonly string[]> {
  const repository = repositoryOf(image);
  const used = new Set((await engine.listContainers({ all: true })).map(({ ImageID }) => ImageID));
  const others = (await engine.listImages())
    .flatMap(({ Created, Id, RepoTags }) => (RepoTags ?? []).map((tag) => ({ created: Created, id: Id, tag })))
    .filter(({ id, tag }) => repositoryOf(tag) === repository && tag !== image && !used.has(id))
    .toSorted((a, b) => b.created - a.created || (a.tag < b.tag ? 1 : -1));
  const gone = others.slice(keep).map(({ tag }) => tag);
  for (const tag of gone) {
    await engine
      .getImage(tag)
      .remove()
      .catch((error: unknown) => {
        // Somebody else was quicker, or began to use it.
        if (!isMissing(error) && !isStatus(error, 409)) throw error;
      });
  }
  return gone;
}

interface Names {
  readonly serving: string;
  readonly candidate: string;
  readonly previous: string;
}

function namesOf({ container: { name } }: Replacement): Names {
  return { serving: name, candidate: `${name}-candidate`, previous: `${name}-previous` };
}

/** A run that died left the old container aside: it serves again, unless the new one does. */
async function putInOrder(engine: Engine, next: Replacement): Promise<void> {
  const names = namesOf(next);
  await (await find(engine, names.candidate))?.remove({ force: true, v: true });
  const previous = await find(engine, names.previous);
  if (previous === undefined) return;
  const serving = await find(engine, names.serving);
  const state = (await serving?.inspect())?.State;
  if (state?.Running === true && (state.Health?.Status ?? "healthy") === "healthy") {
    await previous.remove({ force: true, v: true });
    return;
  }
  await serving?.remove({ force: true, v: true });
  await putBack(previous, next);
}

/** @throws Error with why the new version may not serve; nothing of it stays */
async function tryBeside(engine: Engine, next: Replacement, check: CheckVersion): Promise<void> {
  const { candidate } = namesOf(next);
  const made = await start(engine, next, candidate, { ip: LOCAL, port: next.candidatePort });
  try {
    const problem = await check(next);
    if (problem !== undefined) throw new Error(`the new version does not pass: ${problem}. The old one serves on.`);
  } finally {
    await made.remove({ force: true, v: true });
  }
}

/** Stops the old container, as gently as it wants, and keeps it: down, whatever becomes of the engine. */
async function setAside(old: Container, { previous }: Names): Promise<Container> {
  await old.update({ RestartPolicy: { Name: "no" } });
  await old.rename({ name: previous });
  await old.stop().catch(ignoreRunning);
  return old;
}

async function putBack(old: Container, next: Replacement): Promise<void> {
  await old.rename({ name: namesOf(next).serving });
  await old.start().catch(ignoreRunning);
  await old.update({ RestartPolicy: { Name: containerSchema.parse(next.container).restart } });
}

/** Starts a container with a port of the host; one that does not become healthy does not stay. */
async function start(
  engine: Engine,
  { container, listens }: Replacement,
  name: string,
  { ip, port }: { readonly ip: string; readonly port: number },
): Promise<Container> {
  const ports = [{ internal: listens, external: port, ip, protocol: "tcp" }];
  const inputs = containerSchema.parse({ ...container, name, ports });
  const made = await engine.createContainer(containerOptions(inputs));
  try {
    await made.start();
    await waitUntilHealthy(made, name, inputs.waitTimeout * 1_000);
    return made;
  } catch (error) {
    await made.remove({ force: true, v: true });
    throw error;
  }
}

async function find(engine: Engine, name: string): Promise<Container | undefined> {
  try {
    // By its id: its name will change.
    return engine.getContainer((await engine.getContainer(name).inspect()).Id);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Without its tag or digest. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]+$/, "");
}

/** The engine says 304 where nothing had to be done. */
function ignoreRunning(error: unknown): void {
  if (!isStatus(error, 304)) throw error;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
