import axios, { type AxiosInstance } from "axios";
import type { Check } from "../../config/checks.ts";
import type { Slot } from "../../config/release-state.ts";
import { messageOf } from "../errors.ts";
import type { Checker, Clock } from "../ports.ts";
import type { CheckRoute } from "./check-route.ts";

/** How long the way to the candidate may take to come into force, from the first request on. */
const IN_FORCE_WITHIN_MS = 15_000;
const POLL_MS = 250;

/** What came back: `problem` is absent when it is what the check wants. */
type Answer =
  { readonly kind: "none"; readonly problem: string } | { readonly kind: "answer"; stray?: string; problem?: string };

/** Sends the declared requests by the route to the candidate, and counts only what the candidate answered. */
export function createHttpChecker(route: CheckRoute, clock: Clock, inForceWithinMs = IN_FORCE_WITHIN_MS): Checker {
  let client: AxiosInstance | undefined;
  let deadline: number | undefined;

  const send = async (check: Check, slot: Slot, signal: AbortSignal): Promise<Answer> => {
    try {
      client ??= axios.create({
        ...(await route.connect()),
        proxy: false,
        maxRedirects: 0,
        validateStatus: () => true,
      });
      const { data, headers, status } = await client.request<unknown>({
        url: check.path,
        method: check.method,
        timeout: check.within,
        signal,
      });
      const stray = route.findStray({ data, headers }, slot);
      const answer = { kind: "answer" as const, ...(stray === undefined ? {} : { stray }) };
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
      const answer = await send(check, slot, signal);
      // No answer at all may well be the candidate's fault: asking again would hide it.
      if (answer.kind === "none" || answer.stray === undefined) return answer;
      if (signal.aborted || clock.now() >= deadline) {
        return { ...answer, problem: `not answered by the candidate in slot ${slot}: ${answer.stray}` };
      }
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
  };
}
