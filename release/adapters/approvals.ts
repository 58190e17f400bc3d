import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, UserError } from "../errors.ts";
import type { App } from "../../config/app.ts";
import type { ApprovalAnswer, ApprovalRequest, Approvals, Clock } from "../ports.ts";
import type { Cluster } from "./kubernetes.ts";

/** Who owns which key of the ConfigMap: the question is the release program's, the answer is the approver's. */
const ASKER = "sluice-release";
const APPROVER = "sluice-approve";

const answerSchema = z.object({ id: z.string(), approved: z.boolean(), by: z.string(), at: z.number() });

const requestSchema = z.object({
  id: z.string(),
  app: z.string(),
  version: z.string(),
  weight: z.number(),
  askedAt: z.number(),
  until: z.number(),
  onTimeout: z.enum(["approve", "reject"]),
  /** Once it is decided: who did it. */
  decidedBy: z.string().optional(),
});

const configMapSchema = z.object({
  data: z.object({ request: z.string().optional(), answer: z.string().optional() }).default({}),
});

/** Where a question waits for its answer: a ConfigMap beside the app, `<app>-approval`. */
export function createClusterApprovals(cluster: Cluster, app: App, clock: Clock) {
  const id = { apiVersion: "v1", kind: "ConfigMap", namespace: app.namespace, name: `${app.name}-approval` };

  const read = async () => {
    const { data } = await cluster.read(id, configMapSchema);
    return { request: parse(data.request, requestSchema), answer: parse(data.answer, answerSchema) };
  };
  const readIfThere = () =>
    read().catch((error: unknown) => {
      if (isNotFound(error)) return { request: undefined, answer: undefined };
      throw error;
    });
  const write = (key: "request" | "answer", value: unknown, manager: string) => {
    const labels = { "app.kubernetes.io/part-of": app.name, "app.kubernetes.io/managed-by": "sluice" };
    const { apiVersion, kind, name, namespace } = id;
    const metadata = { name, namespace, labels, annotations: {} };
    return cluster.apply({ apiVersion, kind, metadata, data: { [key]: JSON.stringify(value) } }, manager);
  };

  const approvals: Approvals = {
    async ask(request) {
      const { request: former } = await readIfThere();
      if (former?.id === request.id) return former;
      await write("request", request, ASKER);
      return request;
    },
    async find(request) {
      const { answer } = await readIfThere();
      if (answer?.id !== request.id) return undefined;
      const { approved, at, by } = answer;
      return { approved, at, by, via: "command" };
    },
    close: (request, { by }) => write("request", { ...request, decidedBy: by }, ASKER),
  };

  /**
   * Answers the question that waits.
   *
   * @throws UserError when none does
   */
  const answer = async (approved: boolean, by: string, weight: number | undefined): Promise<ApprovalRequest> => {
    const { answer: given, request } = await readIfThere();
    const at = clock.now();
    const none = `No release of ${app.name} waits for an approval`;
    if (request === undefined) throw new UserError(`${none}.`);
    const { decidedBy = given?.id === request.id ? given.by : undefined, until, version } = request;
    const what = `version ${version} at ${request.weight} %`;
    if (decidedBy !== undefined) throw new UserError(`${none}: ${what} was decided by ${decidedBy}.`);
    if (until <= at) throw new UserError(`${none}: ${what} had to be answered until ${new Date(until).toISOString()}.`);
    if (weight !== undefined && weight !== request.weight) throw new UserError(`${none} at ${weight} %: ${what} does.`);
    await write("answer", { id: request.id, approved, by, at }, APPROVER);
    return request;
  };

  return { ...approvals, answer };
}

/**
 * Answers given without the cluster: lines of a file, `approve 1.1.0 25 alice` or `reject 1.1.0 25 alice`, and
 * variables, `SLUICE_APPROVE=25,100` (or `all`) with `SLUICE_APPROVED_BY`.
 */
export function createLocalAnswers(
  file: string | undefined,
  variables: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): (request: ApprovalRequest) => Promise<ApprovalAnswer | undefined> {
  return async ({ version, weight }) => {
    const named = (variables.SLUICE_APPROVE ?? "").split(",").map((part) => part.trim());
    if (named.includes("all") || named.includes(String(weight))) {
      const by = variables.SLUICE_APPROVED_BY ?? variables.GITHUB_ACTOR ?? variables.USER ?? "unknown";
      return { approved: true, by, via: "environment", at: clock.now() };
    }
    const lines = file === undefined ? "" : await readFile(file, "utf8").catch(readNothing);
    for (const line of lines.split("\n").reverse()) {
      const [word, ofVersion, ofWeight, ...by] = line.trim().split(/\s+/);
      if (ofVersion !== version || ofWeight !== String(weight) || (word !== "approve" && word !== "reject")) continue;
      return { approved: word === "approve", by: by.join(" ") || "unknown", via: "file", at: clock.now() };
    }
    return undefined;
  };
}

/** The first answer counts, from wherever it comes; the cluster may be out of reach. */
export function withLocalAnswers(
  cluster: Approvals,
  findLocal: (request: ApprovalRequest) => Promise<ApprovalAnswer | undefined>,
): Approvals {
  return {
    ask: (request) => cluster.ask(request),
    find: async (request) => (await findLocal(request)) ?? (await cluster.find(request)),
    close: (request, answer) => cluster.close(request, answer),
  };
}

function readNothing(error: unknown): string {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
  throw new Error(`approvals cannot be read: ${messageOf(error)}`, { cause: error });
}

function parse<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = schema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}

function isNotFound(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === 404;
}
