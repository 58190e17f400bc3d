import type { DeclaredGateEntry } from "./declared-gate.ts";
import { draftGates, EMERGENCY_GATES, type Gated, type GateDraft } from "./gate-presets.ts";
import { formatDuration } from "./duration.ts";
import type { Metrics } from "./metrics.ts";
import { parseQuery, uses } from "./query-template.ts";

/** What is wrong with a setting. */
export interface GateProblem {
  readonly path: readonly string[];
  readonly message: string;
  readonly input?: unknown;
}

/** Everything that keeps the declared gates of a stack from judging, with the setting that is to blame. */
export function findGateProblems(
  stack: Omit<Gated, "metrics"> & { readonly metrics?: Metrics | undefined },
): readonly GateProblem[] {
  const { gate, metrics, strategy } = stack;
  if (metrics === undefined) return [];
  const drafts = new Map(draftGates({ ...stack, metrics }).map((draft) => [draft.name, draft]));
  const problems: GateProblem[] = [];
  for (const [name, entry] of Object.entries(gate.declared)) {
    const draft = drafts.get(name);
    const found = draft === undefined ? [] : problemsOf(entry, draft, metrics.scrapeInterval, strategy.kind);
    problems.push(...found.map(({ path, ...rest }) => ({ path: ["gate", "declared", name, ...path], ...rest })));
    if (strategy.kind !== "canary" && strategy.kind !== "blueGreen") {
      const message = `strategy ${strategy.kind} is not driven by the release program, which asks these queries: remove it`;
      problems.push({ path: ["gate", "declared", name], message });
    }
    if (Object.values<string>(EMERGENCY_GATES).includes(name)) {
      const message =
        "is the name of a gate that is there already: change it under gate.emergency, or take another name";
      problems.push({ path: ["gate", "declared", name], message });
    }
  }
  return problems;
}

function problemsOf(entry: DeclaredGateEntry, draft: GateDraft, scrapeInterval: number, strategy: string) {
  const { preset, query } = entry;
  const problems: GateProblem[] = [];
  const add = (path: readonly string[], message: string, input?: unknown) => {
    problems.push({ path, message, ...(input === undefined ? {} : { input }) });
  };
  if (draft.queries === undefined) {
    const why = preset === undefined ? "there is no preset to know it" : `only the service knows its ${preset}`;
    add(["query"], `is missing: ${why}`);
  }
  if (draft.worse === undefined) add(["worse"], 'is missing: say whether "higher" or "lower" numbers are worse');
  if (draft.limit === undefined && draft.compare === undefined) add(["limit"], "is missing: give a limit, or compare");
  if (draft.passAt !== undefined && draft.limit === undefined) add(["passAt"], "has no limit that it goes with");
  checkOrder(draft, add);
  if (draft.compare !== undefined && draft.limit === undefined && strategy === "blueGreen") {
    add(["compare"], "blue/green never has both versions under traffic at a time: give a limit");
  }
  if (entry.window !== undefined && entry.window < 2 * scrapeInterval) {
    const least = formatDuration(2 * scrapeInterval);
    add(["window"], `is shorter than two scrapes (${least}): there is no rate in it`);
  }
  if (entry.interval !== undefined && entry.interval < scrapeInterval) {
    const scrape = formatDuration(scrapeInterval);
    add(["interval"], `is shorter than metrics.scrapeInterval (${scrape}): the same scrape would be measured twice`);
  }
  if (query !== undefined) checkQuery(query, draft, add);
  return problems;
}

type Add = (path: readonly string[], message: string, input?: unknown) => void;

function checkOrder({ compare, limit, passAt, worse }: GateDraft, add: Add): void {
  if (worse === undefined) return;
  const beyond = worse === "higher" ? "above" : "below";
  const isBeyond = (a: number, b: number) => (worse === "higher" ? a > b : a < b);
  if (limit !== undefined && passAt !== undefined && isBeyond(passAt, limit)) {
    add(["passAt"], `is ${beyond} limit (${limit}), and ${worse} is worse`, passAt);
  }
  if (compare === undefined) return;
  if (compare.by === "ratio" && (isBeyond(1, compare.limit) || compare.limit <= 0)) {
    const range = worse === "higher" ? "1 or above" : "above 0, and 1 or below";
    add(
      ["compare", "limit"],
      `${worse} is worse, so a candidate like stable would fail: it must be ${range}`,
      compare.limit,
    );
  }
  if (compare.by === "difference" && compare.limit < 0) {
    add(["compare", "limit"], "is below 0: it is how much worse than stable the candidate may be", compare.limit);
  }
  if (compare.passAt === undefined) return;
  const passesBeyond =
    compare.by === "difference" ? compare.passAt > compare.limit : isBeyond(compare.passAt, compare.limit);
  if (passesBeyond) add(["compare", "passAt"], `is worse than limit (${compare.limit})`, compare.passAt);
}

function checkQuery(query: string, { compare }: GateDraft, add: Add): void {
  const parsed = parseQuery(query);
  if ("problem" in parsed) {
    add(["query"], `line ${parsed.line}, column ${parsed.column}: ${parsed.problem}`);
  } else if (compare !== undefined && !uses(parsed, "slot") && !uses(parsed, "version")) {
    add(["query"], "has neither {{ slot }} nor {{ version }}: candidate and stable would give the same number");
  }
}
