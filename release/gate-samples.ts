import { z } from "zod";
import { durationText } from "../config/duration.ts";
import { gateSchema, type Gate } from "../config/gate.ts";
import { metricsSchema } from "../config/metrics.ts";
import { UserError } from "./errors.ts";
import type { Sample } from "./events.ts";
import { gateParameters } from "./gate/baseline.ts";
import type { GateParameters } from "./gate/gate.ts";

/** What the gate is to be computed from. */
export interface GateInput {
  readonly config: Gate;
  readonly parameters: GateParameters;
  readonly samples: readonly Sample[];
}

/** Settings as they are written on the command line; what is absent has the default of a stack file. */
export interface WrittenSettings {
  readonly falseAlarm?: string;
  readonly limit?: string;
  readonly tolerate?: string;
  readonly ignoreBelow?: string;
  readonly minStepTime?: string;
  readonly maxStepTime?: string;
  readonly pauseDeadline?: string;
  readonly onInconclusive?: string;
  readonly dispersion?: string;
  readonly scrape?: string;
  readonly onset: boolean;
}

const NUMBERS = ["falseAlarm", "limit", "tolerate", "ignoreBelow"] as const;
const TEXTS = ["minStepTime", "maxStepTime", "pauseDeadline", "onInconclusive"] as const;

const count = z.int().min(0);

/** Also looked at where another count of the row is wrong, so that everything is told at once. */
const told = { when: ({ value }: { value: unknown }) => Array.isArray(value) };

const rowSchema = z
  .tuple([count, count, count, count], {
    error: "is no [failed, requests, failed, requests], first of the candidate, then of stable",
  })
  .refine(([failed, requests]) => !(failed > requests), { ...told, error: "the candidate fails more than it gets" })
  .refine(([, , failed, requests]) => !(failed > requests), { ...told, error: "stable fails more than it gets" });

const fileSchema = z.strictObject({ scrape: durationText.optional(), rows: z.array(rowSchema).min(1) });

const dispersionSchema = z.number().min(1);

/**
 * Reads what a file of samples holds: rows `[e_c, n_c, e_s, n_s]`, one for each scrape, alone or as `rows` beside the
 * length of a `scrape`.
 *
 * @param written settings that differ from the defaults; a scrape length there goes before that of the file
 * @throws UserError that lists every problem of the file and of the settings
 */
export function readGateInput(file: unknown, written: WrittenSettings): GateInput {
  const content = fileSchema.safeParse(Array.isArray(file) ? { rows: file } : file, { reportInput: true });
  // Samples of this kind have no times.
  const settings = gateSchema.safeParse({ ...settingsOf(written), latency: "off" }, { reportInput: true });
  const dispersion = dispersionSchema.safeParse(numberOf(written.dispersion) ?? 1, { reportInput: true });
  const scrape = metricsSchema.shape.scrapeInterval.safeParse(written.scrape, { reportInput: true });
  if (!content.success || !settings.success || !dispersion.success || !scrape.success) {
    const options = [
      ...issuesOf(settings).map((issue) => describe(issue, optionName(String(issue.path[0] ?? "")))),
      ...issuesOf(dispersion).map((issue) => describe(issue, "--dispersion")),
      ...issuesOf(scrape).map((issue) => describe(issue, "--scrape")),
    ];
    const problems = [...issuesOf(content).map((issue) => describe(issue, pathOf(issue.path))), ...options];
    const counted = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    throw new UserError([`These samples cannot be judged: ${counted}`, ...problems.map((p) => `  - ${p}`)].join("\n"));
  }
  const scrapeMs = written.scrape === undefined ? (content.data.scrape ?? scrape.data) : scrape.data;
  const config = settings.data;
  return {
    config,
    parameters: { ...gateParameters(config), dispersion: dispersion.data, onset: written.onset },
    samples: content.data.rows.map(([failedCanary, canary, failedStable, stable], i) => ({
      at: (i + 1) * scrapeMs,
      spanMs: scrapeMs,
      canary: { requests: canary, failed: failedCanary },
      stable: { requests: stable, failed: failedStable },
    })),
  };
}

function settingsOf(written: WrittenSettings): Record<string, unknown> {
  const given = [
    ...NUMBERS.map((name) => [name, numberOf(written[name])] as const),
    ...TEXTS.map((name) => [name, written[name]] as const),
  ];
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** What is no number stays text, so that the problem names it. */
function numberOf(text: string | undefined): number | string | undefined {
  if (text === undefined || text.trim() === "") return text;
  const value = Number(text);
  return Number.isNaN(value) ? text : value;
}

function issuesOf(result: { readonly error?: z.ZodError }): readonly z.core.$ZodIssue[] {
  return result.error?.issues ?? [];
}

function describe(issue: z.core.$ZodIssue, where: string): string {
  if (issue.code === "unrecognized_keys") return `${where}: has ${issue.keys.join(", ")}, which means nothing here`;
  if (issue.input === undefined) return `${where}: is missing`;
  return `${where}: ${issue.message} (is ${JSON.stringify(issue.input)})`;
}

/** `rows[3][0]`, counted from 0; the file itself where the path is empty. */
function pathOf(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return text === "" ? "the file" : text.replace(/^\./, "");
}

/** `--ignore-below` of `ignoreBelow`. */
function optionName(setting: string): string {
  return `--${setting.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
