import { fileURLToPath } from "node:url";
import type { LoadTarget } from "./limits.ts";

/** How long a request waits for its answer. */
const timeoutMs = 10_000;

/** Answers may take this long at the full rate before k6 needs more virtual users than it starts with. */
const usualLatencyS = 0.6;
/** And this long before requests are dropped. */
const worstLatencyS = 3;

/** Up to this rate one thread is enough, and k6 spends less on switching between threads. */
const oneCoreRps = 500;

/** k6's arguments: records on standard output, nothing else said, no report of its use, no port of its own. */
export const k6Arguments: readonly string[] = [
  "run",
  "--quiet",
  "--no-color",
  "--no-usage-report",
  "--address=",
  "--log-output=stdout",
  "--log-format=raw",
  fileURLToPath(new URL("k6-script.ts", import.meta.url)),
];

/** k6's whole environment. Nothing is inherited: a K6_ variable or a proxy would send requests elsewhere. */
export function k6Environment(target: LoadTarget): Record<string, string> {
  const virtualUsers = {
    atFirst: Math.ceil(target.rps * usualLatencyS) + 10,
    most: Math.ceil(target.rps * worstLatencyS) + 10,
  };
  return {
    SLUICE_PLAN: JSON.stringify({ ...target, virtualUsers, timeoutMs }),
    HOME: "/nonexistent", // no configuration of the user's, no cloud token
    K6_AUTO_EXTENSION_RESOLUTION: "false",
    K6_NO_USAGE_REPORT: "true",
    ...(target.rps <= oneCoreRps && { GOMAXPROCS: "1" }),
  };
}
