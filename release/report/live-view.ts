import { formatDuration, formatLatency } from "../../config/duration.ts";
import type { Counts, Decision } from "../events.ts";
import { formatCount, formatShare } from "./format.ts";
import { describeVerdict, toneOf } from "./gates.ts";
import { findRecent, findStep, GUARDING } from "./live-state.ts";
import type { LiveState } from "./live-state.ts";
import type { Progress } from "./progress.ts";
import { describeOdds, EVIDENCE_NAMES } from "./words.ts";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan" | "magenta";

/** Gives text a style, or leaves it as it is where styles are not wanted. */
export type Paint = (style: Style, text: string) => string;

const NAME_WIDTH = 18;
const BAR_WIDTH = 28;
/** The width of a terminal from which the evidence is named behind its bar. */
const NAMES_FROM = 96;

const DECISION_STYLES: Readonly<Record<Decision, Style>> = {
  advance: "green",
  wait: "dim",
  hold: "yellow",
  pause: "yellow",
  rollback: "red",
};

const VERDICT_STYLES = { good: "green", bad: "red", warn: "yellow" } as const satisfies Record<string, Style>;

/**
 * The lines below the log while a release is under way; none when it is over.
 *
 * @param now ms since the epoch
 * @param width of the terminal, in characters: in a narrow one the names of the evidence are left out
 */
export function drawLive(state: LiveState, now: number, width: number, paint: Paint): string[] {
  if (state.doing === undefined) return [];
  if (state.weight === 0) return ["", `  ${drawDoing(state, now, paint)}`];
  return [
    "",
    `  ${drawWeight(state, paint)}`,
    `  ${" ".repeat(NAME_WIDTH)}${drawDoing(state, now, paint)}`,
    `  ${drawVersion("candidate", state, "canary", paint)}`,
    `  ${drawVersion("stable", state, "stable", paint)}`,
    ...drawEvidence(state, width >= NAMES_FROM, paint).map((line) => `  ${line}`),
    ...drawGates(state, paint).map((line) => `  ${line}`),
    ...drawDecision(state, paint).map((line) => `  ${line}`),
  ];
}

/** A bar filled from the left by `fraction`, 0 to 1; something above 0 shows at least one mark, and only 1 fills it. */
export function drawBar(fraction: number, width: number): { readonly full: string; readonly rest: string } {
  const marks =
    fraction >= 1 ? width : fraction <= 0 ? 0 : Math.min(width - 1, Math.max(1, Math.round(fraction * width)));
  return { full: "━".repeat(marks), rest: "─".repeat(width - marks) };
}

function drawWeight(state: LiveState, paint: Paint): string {
  const { full, rest } = drawBar(state.weight / 100, BAR_WIDTH);
  const step = findStep(state);
  const place = step === undefined ? "" : `  step ${step.number} of ${step.of}`;
  const name = paint("bold", `weight ${state.weight} %`.padEnd(NAME_WIDTH));
  return `${name}${paint("magenta", full)}${paint("dim", rest)}${place}`;
}

function drawDoing({ baking, decision, doing, inForceSince, plan }: LiveState, now: number, paint: Paint): string {
  if (doing === undefined) return "";
  const elapsed = Math.max(0, now - doing.since);
  // Rounded down here and up below, so that what was and what is left add up.
  const done = `${doing.what}, ${formatDuration(Math.floor(elapsed / 1000) * 1000)}`;
  const stopped = decision?.decision === "hold" || decision?.decision === "pause";
  if (inForceSince === undefined || plan === undefined || stopped) return paint("cyan", done);
  const dwell = now - inForceSince;
  if (doing.what === GUARDING) return `${paint("cyan", done)}${leave("; ends", (plan.guardMs ?? 0) - dwell)}`;
  if (baking) return `${paint("cyan", done)}${leave("; ends", plan.bakeMs - dwell)}`;
  const earliest = plan.minStepTimeMs - dwell;
  return `${paint("cyan", done)}${earliest > 0 ? leave("; may go on", earliest) : leave("; to be decided", plan.maxStepTimeMs - dwell)}`;
}

function leave(what: string, leftMs: number): string {
  // Whole seconds: a countdown with decimals is restless.
  return leftMs > 0 ? `${what} in ${formatDuration(Math.ceil(leftMs / 1000) * 1000)}` : "";
}

function drawVersion(name: string, state: LiveState, of: "canary" | "stable", paint: Paint): string {
  const version = of === "canary" ? state.plan?.candidate.version : state.plan?.stable.version;
  const counts = state[of];
  const { perS, share, slow } = findRecent(state, of);
  const limit = state.plan?.latency?.limitMs;
  const over = slow === undefined || limit === undefined ? "" : `, ${formatShare(slow)} over ${formatLatency(limit)}`;
  const lately =
    share === undefined ? "now no requests" : `now ${formatCount(perS)}/s, ${formatShare(share)} failing${over}`;
  const label = `${name} ${version ?? ""}`.slice(0, NAME_WIDTH - 1).padEnd(NAME_WIDTH);
  return `${label}${drawFailing(counts, paint)}  ${paint("dim", lately)}`;
}

function drawFailing({ requests, failed }: Counts, paint: Paint): string {
  const text = `${formatCount(failed)} of ${formatCount(requests)} failing`;
  const all = failed === 0 ? text : `${text}, ${formatShare(failed / requests)}`;
  const padded = all.padEnd(BAR_WIDTH);
  return failed === 0 ? padded : paint("bold", padded);
}

function drawEvidence({ progress }: LiveState, named: boolean, paint: Paint): string[] {
  if (progress === undefined) return [];
  const draw = (name: string, style: Style, towards: Progress) => {
    const { full, rest } = drawBar(towards.fraction, BAR_WIDTH);
    const by = named ? ` ${paint("dim", EVIDENCE_NAMES[towards.by])}` : "";
    return `${name.padEnd(NAME_WIDTH)}${paint(style, full)}${paint("dim", rest)}  ${describeOdds(towards)}${by}`;
  };
  return [
    draw("towards rollback", progress.rollback.fraction < 0.5 ? "yellow" : "red", progress.rollback),
    draw("towards advance", "green", progress.advance),
  ];
}

/** Those that have been measured: its last number, and what the gate says. */
function drawGates({ gates }: LiveState, paint: Paint): string[] {
  return gates.flatMap(({ asks, last, name }) => {
    if (last === undefined) return [];
    const verdict = paint(VERDICT_STYLES[toneOf(last)], describeVerdict(last));
    const label = `gate ${name}`.slice(0, NAME_WIDTH - 1).padEnd(NAME_WIDTH);
    return [`${label}${last.shown.padEnd(BAR_WIDTH)}  ${verdict}${paint("dim", `, asked is ${asks}`)}`];
  });
}

function drawDecision({ decision }: LiveState, paint: Paint): string[] {
  if (decision === undefined) return [];
  const word = decision.decision === "rollback" ? "roll back" : decision.decision;
  return [`${paint(DECISION_STYLES[decision.decision], word.padEnd(NAME_WIDTH))}${decision.reason}`];
}
