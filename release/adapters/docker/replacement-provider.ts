import { isDeepStrictEqual } from "node:util";
import type { Checks } from "../../../config/checks.ts";
import { nameCheck } from "../../../config/checks.ts";
import { connectEngine } from "../../../engine/connect.ts";
import type { LocalProvider } from "../../../engine/local-provider.ts";
import { pruneImages, removeReplaced, replaceContainer, type Replacement } from "../../../engine/replace.ts";
import { addressRoute } from "../check-route.ts";
import { createHttpChecker } from "../http-checker.ts";
import { systemClock } from "../system-clock.ts";

/** Replaces a service's container, and removes images that are too old to go back to. */
export const provider: LocalProvider<Replacement & { readonly imageName: string }> = {
  diff: (_id, olds, news) => Promise.resolve({ changes: differ(olds, news, ALL) }),
  async create(inputs) {
    await put(inputs);
    return { id: inputs.container.name, outs: inputs };
  },
  async update(_id, olds, inputs) {
    if (differ(olds, inputs, OF_CONTAINER)) await put(inputs);
    return { outs: inputs };
  },
  delete: (_id, inputs) => removeReplaced(connectEngine(inputs.docker), inputs),
};

async function put(inputs: Replacement & { readonly imageName: string }): Promise<void> {
  const engine = connectEngine(inputs.docker);
  await replaceContainer(engine, inputs, ({ candidateUrl, checks }) => findProblem(candidateUrl, checks));
  await pruneImages(engine, inputs.imageName, inputs.keepImages);
}

/** What makes another container; the rest is for the next one. */
const OF_CONTAINER = ["container", "listens", "port"] as const;
const ALL = [...OF_CONTAINER, "candidatePort", "candidateUrl", "checks", "docker", "keepImages"] as const;

function differ(olds: Replacement, news: Replacement, keys: readonly (keyof Replacement)[]): boolean {
  return keys.some((key) => !isDeepStrictEqual(olds[key], news[key]));
}

/** Polls its health, then sends all requests. @returns what it does not answer as it must */
async function findProblem(
  url: string,
  { health, requests }: Pick<Checks, "health" | "requests">,
): Promise<string | undefined> {
  const checker = createHttpChecker(
    addressRoute(() => url),
    systemClock,
    process.env,
  );
  const never = new AbortController().signal;
  // The route asks for no slot.
  const slot = "blue";
  if (health !== undefined) {
    const { ok, problem } = await checker.poll(health, slot, never);
    if (!ok) return `health ${health.path}: ${problem ?? "no answer"}`;
  }
  for (const request of requests) {
    const { ok, passed, problem } = await checker.run(request, slot, never);
    if (!ok) return `${nameCheck(request)}: ${passed} of ${request.times} passed, ${problem ?? "no answer"}`;
  }
  return undefined;
}
