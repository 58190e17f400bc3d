/** One request and what came of it. */
export interface Answer {
  /** When it was sent, ms since the epoch. */
  readonly startMs: number;
  readonly durationMs: number;
  /** HTTP status; 0 where no answer came. */
  readonly status: number;
  /** The answer's x-version header; empty where there is none. */
  readonly version: string;
  /** Why there is no answer. */
  readonly error?: string;
}

/** Whether a user would call it failed: an error of the server, or no answer at all. */
export function isFailed({ status }: Pick<Answer, "status">): boolean {
  return status === 0 || status >= 500;
}

/** What one line of k6's output tells. */
export type Line =
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "end"; readonly dropped: number }
  | { readonly kind: "other"; readonly text: string };

/** Reads a line of k6's output; what the script did not write, and what is cut off, is `other`. */
export function readLine(text: string): Line {
  const other: Line = { kind: "other", text };
  if (!/^[AS] /.test(text)) return other;
  const value = parse(text.slice(2));
  if (text.startsWith("S ")) return isEnd(value) ? { kind: "end", dropped: value.dropped } : other;
  if (!isRecord(value)) return other;
  const [startMs, durationMs, status, version, error] = value;
  return { kind: "answer", answer: { startMs, durationMs, status, version, ...(error !== undefined && { error }) } };
}

type AnswerRecord = readonly [number, number, number, string, string?];

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function isEnd(value: unknown): value is { dropped: number } {
  return typeof value === "object" && value !== null && "dropped" in value && typeof value.dropped === "number";
}

function isRecord(value: unknown): value is AnswerRecord {
  if (!Array.isArray(value) || value.length < 4 || value.length > 5) return false;
  const [version, error = ""] = value.slice(3) as unknown[];
  const numbers = value.slice(0, 3) as unknown[];
  return numbers.every((item) => typeof item === "number") && typeof version === "string" && typeof error === "string";
}
