import axios, { type AxiosInstance } from "axios";
import { formatDuration } from "../../config/duration.ts";
import type { Check, Question } from "../../config/checks.ts";
import type { Slot } from "../../config/release-state.ts";
import { messageOf } from "../errors.ts";
import type { Checker, Clock } from "../ports.ts";
import { findFault } from "./answer.ts";
import type { CheckRoute } from "./check-route.ts";

/** How long the way to the candidate may take to come into force, from the first request on. */
const IN_FORCE_WITHIN_MS = 15_000;
const POLL_MS = 250;

/** What a check may be answered with; more is not read. */
const LARGEST_BODY = 1 << 20;

/** What came back: `problem` is absent when it is what the check wants. */
type Reply =
  { readonly kind: "none"; readonly problem: string } | { readonly kind: "answer"; stray?: string; problem?: string };

type Request = Question & Pick<Check, "method" | "body">;

/** Environment variables, by name. */
export type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Sends the declared requests by the route to the candidate, and counts only what the candidate answered.
 *
 * @param variables what secret headers are filled from
 */
export function createHttpChecker(
  route: CheckRoute,
  clock: Clock,
  variables: Variables = {},
  inForceWithinMs = IN_FORCE_WITHIN_MS,
): Checker {
  let client: AxiosInstance | undefined;
  let deadline: number | undefined;

  const send = async (request: Request, slot: Slot, signal: AbortSignal): Promise<Reply> => {
    // A timeout of axios begins anew with every byte; this one is for the whole answer.
    const late = AbortSignal.timeout(request.within);
    try {
      client ??= axios.create({
        ...(await route.connect(slot)),
        proxy: false,
        maxRedirects: 0,
        maxContentLength: LARGEST_BODY,
        responseType: "text",
        transformResponse: [],
        validateStatus: () => true,
      });
      const { data, headers, status } = await client.request<string>({
        url: request.path,
        method: request.method,
        headers: { ...request.headers, ...fillHeaders(request, variables) },
        data: request.body,
        signal: AbortSignal.any([signal, late]),
      });
      const stray = route.findStray({ data, headers }, slot);
      const problem = findFault(request, { status, body: data });
      return {
        kind: "answer",
        ...(stray === undefined ? {} : { stray }),
        ...(problem === undefined ? {} : { problem }),
      };
    } catch (error) {
      if (late.aborted) return { kind: "none", problem: `no answer within ${request.within} ms` };
      return { kind: "none", problem: messageOf(error) };
    }
  };

  /** Asks again while something else than the candidate answers, until the route has had its time. */
  const ask = async (request: Request, slot: Slot, signal: AbortSignal): Promise<Reply> => {
    deadline ??= clock.now() + inForceWithinMs;
    for (;;) {
      const reply = await send(request, slot, signal);
      // No answer at all may well be the candidate's fault: asking again would hide it.
      if (reply.kind === "none" || reply.stray === undefined) return reply;
      if (signal.aborted || clock.now() >= deadline) return { ...reply, problem: strayed(reply.stray, slot) };
      await clock.sleep(POLL_MS, signal);
    }
  };

  return {
    async run(check, slot, signal) {
      // What is only read may be asked of stable too; whatever else is sent waits until the candidate gets it.
      if (check.method !== "GET" && check.method !== "HEAD") {
        await ask({ ...check, method: "GET", body: undefined }, slot, signal);
      }
      let passed = 0;
      let problem: string | undefined;
      for (let i = 0; i < check.times && !signal.aborted; i += 1) {
        const reply = await ask(check, slot, signal);
        if (reply.problem === undefined) passed += 1;
        problem ??= reply.problem;
      }
      return { ok: passed === check.times, passed, ...(problem === undefined ? {} : { problem }) };
    },

    async poll(health, slot, signal) {
      const began = clock.now();
      for (;;) {
        const reply = await send({ ...health, method: "GET" }, slot, signal);
        const tookMs = clock.now() - began;
        const stray = reply.kind === "answer" ? reply.stray : undefined;
        const problem = stray === undefined ? reply.problem : strayed(stray, slot);
        if (problem === undefined) return { ok: true, tookMs };
        if (signal.aborted || tookMs >= health.atMost) {
          return { ok: false, tookMs, problem: `not well within ${formatDuration(health.atMost)}: ${problem}` };
        }
        await clock.sleep(health.every, signal);
      }
    },

    async warmUp(checks, { concurrency, requests, within }, slot, signal) {
      const end = clock.now() + within;
      // Each as often as its share of all `times`.
      const turns = checks.flatMap((check) => Array<Check>(check.times).fill(check));
      let [sent, failed] = [0, 0];
      let problem: string | undefined;
      const sendSome = async () => {
        while (sent < requests && clock.now() < end && !signal.aborted) {
          const check = turns[sent % turns.length];
          if (check === undefined) return;
          sent += 1;
          const reply = await send(check, slot, signal);
          const stray = reply.kind === "answer" ? reply.stray : undefined;
          const wrong = stray === undefined ? reply.problem : strayed(stray, slot);
          if (wrong !== undefined) failed += 1;
          problem ??= wrong;
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, sendSome));
      return { sent, failed, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

function fillHeaders({ headersFrom }: Pick<Question, "headersFrom">, variables: Variables): Record<string, string> {
  return Object.fromEntries(Object.entries(headersFrom).map(([name, variable]) => [name, variables[variable] ?? ""]));
}

/** What is wrong with an answer that the candidate did not give. */
function strayed(stray: string, wanted: Slot): string {
  return `not answered by the candidate in slot ${wanted}: ${stray}`;
}
