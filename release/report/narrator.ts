import type { ReleaseEvent } from "../events.ts";
import { formatClock } from "./format.ts";
import { writeHeadline } from "./headline.ts";
import type { Tone } from "./headline.ts";
import type { Paint, Style } from "./live-view.ts";
import { summarise } from "./summary.ts";
import { symbolOf } from "./symbols.ts";
import type { EventSymbol, EventTone } from "./symbols.ts";
import { createTeller } from "./teller.ts";
import { wrap } from "./wrap.ts";

/** Tells events as lines of text, each with the time since the first one. */
export interface Narrator {
  /** The lines of an event: none for a sample, the verdict besides for the last event. */
  readonly tell: (event: ReleaseEvent) => string[];
  /** A line of its own, told in passing. */
  readonly mention: (at: number, text: string) => string;
}

/** Where the text of a line begins: behind the time and the symbol. */
const INDENT = 11;

const TONES: Readonly<Record<EventTone, Style | undefined>> = {
  good: "green",
  bad: "red",
  warn: "yellow",
  plain: undefined,
  quiet: "dim",
};

const VERDICT_TONES: Readonly<Record<Tone, Style>> = { good: "green", bad: "red", alarm: "red", neutral: "yellow" };

/** @param widthOf the width to wrap lines at; without it they stay whole */
export function createNarrator(paint: Paint, widthOf?: () => number): Narrator {
  const events: ReleaseEvent[] = [];
  const say = createTeller();
  const write = (at: number, { symbol, tone }: EventSymbol, text: string): string => {
    const clock = formatClock(at - (events[0]?.at ?? at)).padStart(7);
    const style = TONES[tone];
    const [first = "", ...more] = wrap(text, widthOf === undefined ? Infinity : widthOf() - INDENT - 1);
    const colour = (part: string) => (tone === "quiet" || tone === "bad" ? dress(paint, style, part) : part);
    const head = `${paint("dim", clock)}  ${dress(paint, style, symbol)} ${colour(first)}`;
    return [head, ...more.map((part) => `${" ".repeat(INDENT)}${colour(part)}`)].join("\n");
  };
  return {
    tell(event) {
      events.push(event);
      const text = say(event);
      const lines = text === undefined ? [] : [write(event.at, symbolOf(event), text)];
      if (event.type !== "finished") return lines;
      const { title, detail, tone } = writeHeadline(summarise(events));
      const details = wrap(detail, widthOf === undefined ? Infinity : widthOf() - 3);
      const verdict = paint(VERDICT_TONES[tone], paint("bold", title));
      return [...lines, "", ...[verdict, ...details].map((line) => `  ${line}`), ""];
    },
    mention: (at, text) => write(at, { symbol: "·", tone: "quiet" }, text),
  };
}

function dress(paint: Paint, style: Style | undefined, text: string): string {
  return style === undefined ? text : paint(style, text);
}
