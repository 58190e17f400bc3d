import type { ReleaseEvent } from "../events.ts";
import type { Reporter } from "../ports.ts";
import { formatElapsed } from "./format.ts";
import { writeHeadline, type Tone } from "./headline.ts";
import { summarise, type Summary } from "./summary.ts";
import { describe, describeFailing } from "./words.ts";

type Level = "notice" | "warning" | "error";

const LEVELS: Readonly<Record<Tone, Level>> = { good: "notice", bad: "error", alarm: "error", neutral: "warning" };

/** Where GitHub Actions listens. */
export interface GithubOutput {
  /** Takes a workflow command, one line. */
  readonly command: (line: string) => void;
  /** Takes the summary of the step, as Markdown; absent where there is none. */
  readonly summary?: (markdown: string) => void;
}

/** Tells GitHub Actions of a release: annotations as it goes, and a summary of the step at its end. */
export function createGithubReporter({ command, summary }: GithubOutput): Reporter {
  const events: ReleaseEvent[] = [];
  const annotate = (level: Level, title: string, message: string) => {
    command(`::${level} title=${escapeProperty(title)}::${escapeData(message)}\n`);
  };
  return {
    report(event) {
      events.push(event);
      if (event.type === "finished") {
        const facts = summarise(events);
        const { detail, title, tone } = writeHeadline(facts);
        annotate(LEVELS[tone], title, detail);
        summary?.(writeSummary(facts));
        return;
      }
      const level = levelOf(event);
      if (level !== undefined) annotate(level, "sluice", describe(event) ?? event.type);
    },
    close: () => undefined,
  };
}

function levelOf(event: ReleaseEvent): Level | undefined {
  if (event.type === "traffic-stuck") return "error";
  if (event.type === "approval-awaited" || event.type === "window-awaited") return "notice";
  if (event.type === "warned" || event.type === "reconcile-failed") return "warning";
  return event.type === "decided" && event.decision === "pause" ? "warning" : undefined;
}

/** The verdict and the steps, as Markdown. */
export function writeSummary(facts: Summary): string {
  const { detail, title, tone } = writeHeadline(facts);
  const { checks, steps } = facts;
  const rows = steps.map(({ canary, dwellMs, ending, stable, weight }) => [
    `${weight} %`,
    dwellMs === undefined ? "–" : formatElapsed(dwellMs),
    describeFailing(canary),
    describeFailing(stable),
    ending,
  ]);
  const failed = checks.filter(({ ok }) => !ok);
  return [
    `## ${tone === "good" ? "✅" : "❌"} ${escapeMarkdown(title)}`,
    "",
    escapeMarkdown(detail),
    "",
    ...table(["weight", "time there", "candidate", "stable", "then"], rows),
    ...failed.map(
      ({ problem = "no answer", request }) => `- ${escapeMarkdown(`check failed: ${request}: ${problem}`)}`,
    ),
    "",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line), ""];
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_<>|[\]]/g, "\\$&").replace(/\s+/g, " ");
}

/** As the runner reads workflow commands. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
