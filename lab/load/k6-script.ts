// Runs inside k6, not in Node: `__ENV` and the module `k6/http` are k6's.
import http from "k6/http";

declare const __ENV: Readonly<Record<string, string>>;

interface Plan {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rps: number;
  readonly seconds: number;
  readonly virtualUsers: { readonly atFirst: number; readonly most: number };
  readonly timeoutMs: number;
}

interface Summary {
  readonly metrics: Readonly<Record<string, { readonly values: { readonly count?: number } } | undefined>>;
}

const plan = JSON.parse(__ENV.SLUICE_PLAN ?? "") as Plan;

const params = { headers: plan.headers, timeout: `${plan.timeoutMs}ms` };

// A failing request is an answer like any other.
http.setResponseCallback(null);

export const options = {
  scenarios: {
    // Open loop: a request starts when it is due, however slow the ones before it are.
    load: {
      executor: "constant-arrival-rate",
      rate: plan.rps,
      timeUnit: "1s",
      duration: `${plan.seconds}s`,
      preAllocatedVUs: plan.virtualUsers.atFirst,
      maxVUs: plan.virtualUsers.most,
      gracefulStop: `${plan.timeoutMs + 1000}ms`,
    },
  },
  discardResponseBodies: true,
  maxRedirects: 0, // a redirect could lead to an address that nobody checked
  systemTags: [],
  summaryTrendStats: [],
};

/** One request; its record is a line that starts with "A ". */
export default function request(): void {
  const startMs = Date.now();
  const { status, error, headers, timings } = http.get(plan.url, params);
  const measured = timings.blocked + timings.connecting + timings.duration;
  const durationMs = status === 0 ? Date.now() - startMs : Math.round(measured * 1000) / 1000;
  const record = [startMs, durationMs, status, headers["X-Version"] ?? ""];
  console.log(`A ${JSON.stringify(error === "" ? record : [...record, error])}`);
}

/** The end of the run; a line that starts with "S ". */
export function handleSummary({ metrics }: Summary) {
  const dropped = metrics.dropped_iterations?.values.count ?? 0;
  return { stdout: `S ${JSON.stringify({ dropped })}\n` };
}
