import { readFile } from "node:fs/promises";
import { z } from "zod";
import { messageOf, UserError } from "../errors.ts";
import type { App } from "../../config/app.ts";
import type { ApprovalAnswer, ApprovalRequest, Approvals, Clock } from "../ports.ts";
import type { Cluster } from "./kubernetes.ts";

/** Who owns which key of the ConfigMap: the question is the release program's, the answer is the approver's. */
const MANAGERS = { request: "sluice-release", answer: "sluice-approve" } as const;

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

/** Where a question waits for its answer: each has a place of its own, so that nobody overwrites the other's. */
export interface ApprovalBoard {
  /** As JSON; `undefined` where nothing was written. */
  read(): Promise<{ readonly request?: string | undefined; readonly answer?: string | undefined }>;
  write(key: "request" | "answer", text: string): Promise<void>;
}

/** A ConfigMap beside the app, `<app>-approval`. */
export function openClusterBoard(cluster: Cluster, { name: app, namespace }: App): ApprovalBoard {
  const id = { apiVersion: "v1", kind: "ConfigMap", namespace, name: `${app}-approval` };
  return {
    read: async () => {
      try {
        return (await cluster.read(id, configMapSchema)).data;
      } catch (error) {
        if (isNotFound(error)) return {};
        throw error;
      }
    },
    write: (key, text) => {
      const labels = { "app.kubernetes.io/part-of": app, "app.kubernetes.io/managed-by": "sluice" };
      const { apiVersion, kind, name } = id;
      const metadata = { name, namespace, labels, annotations: {} };
      return cluster.apply({ apiVersion, kind, metadata, data: { [key]: text } }, MANAGERS[key]);
    },
  };
}

/** Asks people by a board, and answers for them. */
export function createApprovals(board: ApprovalBoard, app: App, clock: Clock) {
  const read = async () => {
    const { answer, request } = await board.read();
    return { request: parse(request, requestSchema), answer: parse(answer, answerSchema) };
  };
  const write = (key: "request" | "answer", value: unknown) => board.write(key, JSON.stringify(value));

  const approvals: Approvals = {
    async ask(request) {
      const { request: former } = await read();
      if (former?.id === request.id) return former;
      await write("request", request);
      return request;
    },
    async find(request) {
      const { answer } = await read();
      if (answer?.id !== request.id) return undefined;
      const { approved, at, by } = answer;
      return { approved, at, by, via: "command" };
    },
    close: (request, { by }) => write("request", { ...request, decidedBy: by }),
  };

  /**
   * Answers the question that waits.
   *
   * @throws UserError when none does
   */
  const answer = async (approved: boolean, by: string, weight: number | undefined): Promise<ApprovalRequest> => {
    const { answer: given, request } = await read();
    const at = clock.now();
    const none = `No release of ${app.name} waits for an approval`;
    if (request === undefined) throw new UserError(`${none}.`);
    const { decidedBy = given?.id === request.id ? given.by : undefined, until, version } = request;
    const what = `version ${version} at ${request.weight} %`;
    if (decidedBy !== undefined) throw new UserError(`${none}: ${what} was decided by ${decidedBy}.`);
    if (until <= at) throw new UserError(`${none}: ${what} had to be answered until ${new Date(until).toISOString()}.`);
    if (weight !== undefined && weight !== request.weight) throw new UserError(`${none} at ${weight} %: ${what} does.`);
    await write("answer", { id: request.id, approved, by, at });
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
