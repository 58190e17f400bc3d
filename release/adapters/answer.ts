import { isDeepStrictEqual } from "node:util";
import type { Question } from "../../config/checks.ts";

/** How much of a value is shown in a message. */
const SHOWN = 80;

/** What a check's request got. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Why an answer is not the one that is wanted; `undefined` when it is. */
export function findFault({ answer, status: wanted }: Pick<Question, "answer" | "status">, { body, status }: Answer) {
  if (status < wanted.from || status > wanted.to) {
    const range = wanted.from === wanted.to ? `${wanted.from}` : `${wanted.from} to ${wanted.to}`;
    return `status ${status}, not ${range}`;
  }
  if (answer.contains !== undefined && !body.includes(answer.contains)) {
    return `the body does not contain ${JSON.stringify(answer.contains)}: ${show(body)}`;
  }
  if (answer.matches !== undefined && !new RegExp(answer.matches).test(body)) {
    return `the body does not match ${answer.matches}: ${show(body)}`;
  }
  return findJsonFault(answer.json, body);
}

function findJsonFault(wanted: Question["answer"]["json"], body: string): string | undefined {
  const entries = Object.entries(wanted);
  if (entries.length === 0) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return `the body is no JSON: ${show(body)}`;
  }
  for (const [pointer, value] of entries) {
    const found = followPointer(document, pointer);
    if (isDeepStrictEqual(found, value)) continue;
    const at = pointer === "" ? "the body" : pointer;
    return `${at} is ${found === undefined ? "not there" : show(JSON.stringify(found))}, not ${show(JSON.stringify(value))}`;
  }
  return undefined;
}

/** RFC 6901. */
function followPointer(document: unknown, pointer: string): unknown {
  const keys = pointer.split("/").slice(1);
  return keys
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((at, key) => {
      const isContainer = typeof at === "object" && at !== null && Object.hasOwn(at, key);
      return isContainer ? (at as Record<string, unknown>)[key] : undefined;
    }, document);
}

function show(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line === "" ? "(empty)" : line;
}
