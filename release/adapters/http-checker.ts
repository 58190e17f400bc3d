import axios from "axios";
import type { Check } from "../../config/checks.ts";
import { CANDIDATE_HEADER, SLOT_HEADER } from "../../config/limits.ts";
import type { Slot } from "../../config/release-state.ts";
import { messageOf } from "../errors.ts";
import type { Checker, Clock } from "../ports.ts";

/** How long the testers' route may take to come into force, from the first request on. */
const IN_FORCE_WITHIN_MS = 15_000;
const POLL_MS = 250;

/** What came back: `problem` is absent when it is what the check wants. */
type Answer =
  { readonly kind: "none"; readonly problem: string } | { readonly kind: "answer"; slot: unknown; problem?: string };

/**
 * Sends the declared requests through the edge, by the testers' route, which only the candidate answers. Until that
 * route is in force the edge asks stable, whose answers look the same: only those that carry the candidate's slot count.
 */
export function createHttpChecker(
  baseUrl: string,
  host: string,
  clock: Clock,
  inForceWithinMs = IN_FORCE_WITHIN_MS,
): Checker {
  const client = axios.create({
    baseURL: baseUrl,
    headers: { Host: host, [CANDIDATE_HEADER]: "true" },
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
  });
  let deadline: number | undefined;

  const send = async (check: Check, signal: AbortSignal): Promise<Answer> => {
    try {
      const { headers, status } = await client.request({
        url: check.path,
        method: check.method,
        timeout: check.within,
        signal,
      });
      const answer = { kind: "answer" as const, slot: headers[SLOT_HEADER] as unknown };
      return status === check.status ? answer : { ...answer, problem: `status ${status}, not ${check.status}` };
    } catch (error) {
      if (axios.isAxiosError(error) && error.code === "ECONNABORTED") {
        return { kind: "none", problem: `no answer within ${check.within} ms` };
      }
      return { kind: "none", problem: messageOf(error) };
    }
  };

  /** Asks again while something else than the candidate answers, until the route has had its time. */
  const ask = async (check: Check, slot: Slot, signal: AbortSignal): Promise<Answer> => {
    deadline ??= clock.now() + inForceWithinMs;
    for (;;) {
      const answer = await send(check, signal);
      // No answer at all may well be the candidate's fault: asking again would hide it.
      if (answer.kind === "none" || answer.slot === slot) return answer;
      if (signal.aborted || clock.now() >= deadline) return { ...answer, problem: strayed(answer.slot, slot) };
      await clock.sleep(POLL_MS, signal);
    }
  };

  return {
    async run(check, slot, signal) {
      // What is only read may be asked of stable too; whatever else is sent waits until the candidate gets it.
      if (check.method === "POST") await ask({ ...check, method: "GET" }, slot, signal);
      let passed = 0;
      let problem: string | undefined;
      for (let i = 0; i < check.times && !signal.aborted; i += 1) {
        const answer = await ask(check, slot, signal);
        if (answer.problem === undefined) passed += 1;
        problem ??= answer.problem;
      }
      return { ok: passed === check.times, passed, ...(problem === undefined ? {} : { problem }) };
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
          const answer = await send(check, signal);
          const isStray = answer.kind === "answer" && answer.slot !== slot;
          const wrong = isStray ? strayed(answer.slot, slot) : answer.problem;
          if (wrong !== undefined) failed += 1;
          problem ??= wrong;
        }
      };
      await Promise.all(Array.from({ length: Math.min(concurrency, requests) }, sendSome));
      return { sent, failed, ...(problem === undefined ? {} : { problem }) };
    },
  };
}

/** What is wrong with an answer that the candidate did not give. */
function strayed(slot: unknown, wanted: Slot): string {
  const seen = typeof slot === "string" ? `says ${SLOT_HEADER}: ${slot}` : `has no ${SLOT_HEADER}`;
  return `not answered by the candidate in slot ${wanted}: the answer ${seen}`;
}
