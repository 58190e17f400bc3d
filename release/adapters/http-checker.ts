import axios from "axios";
import { CANDIDATE_HEADER } from "../../config/limits.ts";
import type { Check } from "../../config/checks.ts";
import { messageOf } from "../errors.ts";
import type { Checker } from "../ports.ts";

/** Sends the declared requests through the edge, by the testers' route, which only the candidate answers. */
export function createHttpChecker(baseUrl: string, host: string): Checker {
  const client = axios.create({
    baseURL: baseUrl,
    headers: { Host: host, [CANDIDATE_HEADER]: "true" },
    proxy: false,
    maxRedirects: 0,
    validateStatus: () => true,
  });
  const send = async (check: Check, signal: AbortSignal): Promise<string | undefined> => {
    try {
      const { status } = await client.request({ url: check.path, method: check.method, timeout: check.within, signal });
      return status === check.status ? undefined : `status ${status}, not ${check.status}`;
    } catch (error) {
      if (axios.isAxiosError(error) && error.code === "ECONNABORTED") return `no answer within ${check.within} ms`;
      return messageOf(error);
    }
  };
  return {
    async run(check, signal) {
      let passed = 0;
      let problem: string | undefined;
      for (let i = 0; i < check.times && !signal.aborted; i += 1) {
        const found = await send(check, signal);
        if (found === undefined) passed += 1;
        problem ??= found;
      }
      return { ok: passed === check.times, passed, ...(problem === undefined ? {} : { problem }) };
    },
  };
}
