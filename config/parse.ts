import type { z } from "zod";
import { stackSchema, type StackConfig } from "./schema.ts";

/** A stack file that does not say what it must: every problem, with its path and value. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly string[];
  constructor(source: string, problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super([`${source}: ${count}`, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
    this.problems = problems;
  }
}

/**
 * Parses the values that a stack file has under `sluice:`.
 *
 * @param source where the values come from, for the error
 * @param beside problems of what stands beside the values, to be told with theirs
 * @throws ConfigError that lists every problem
 */
export function parseStackConfig(values: unknown, source: string, beside: readonly string[] = []): StackConfig {
  const result = stackSchema.safeParse(values, { reportInput: true });
  if (result.success && beside.length === 0) return result.data;
  throw new ConfigError(source, [...(result.error?.issues.flatMap(describeIssue) ?? []), ...beside]);
}

/** What is wrong at one place of a stack file, with its path and value. */
export function describeIssue(issue: z.core.$ZodIssue): readonly string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${pathOf([...issue.path, key])}: no such setting; remove it or correct its name`);
  }
  const meant = issue.code === "invalid_union" ? findMeant(issue) : undefined;
  if (meant !== undefined) {
    return meant.flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  const where = pathOf(issue.path);
  if (issue.code === "invalid_type" && issue.input === undefined) return [`${where}: is missing (${issue.expected})`];
  const key = issue.path.at(-1);
  const value =
    issue.code === "invalid_union" && isRecord(issue.input) && key !== undefined
      ? issue.input[String(key)]
      : issue.input;
  return [`${where}: ${issue.message}${quoted(value)}`];
}

/** Of several forms that a value may have: the problems of the one that it was meant to have, if it is clear which. */
function findMeant({ errors, input }: z.core.$ZodIssueInvalidUnion): readonly z.core.$ZodIssue[] | undefined {
  const isOther = ({ code, path }: z.core.$ZodIssue) => code === "invalid_type" && path.length === 0;
  const [meant, ...others] = errors.filter((problems) => !problems.some(isOther));
  if (others.length === 0) return meant;
  if (!isRecord(input)) return undefined;
  return errors.find((issues) => issues.every(({ code, path }) => path.length > 0 || code === "unrecognized_keys"));
}

function pathOf(path: readonly PropertyKey[]): string {
  const [first, ...rest] = path;
  if (first === undefined) return "sluice:*";
  return rest.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    `sluice:${String(first)}`,
  );
}

function quoted(input: unknown): string {
  return input === undefined || typeof input === "object" ? "" : ` (is ${JSON.stringify(input)})`;
}

/** A wrong discriminator is reported with the object that holds it. */
function isRecord(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}
