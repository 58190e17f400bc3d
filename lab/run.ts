import { execa } from "execa";
import { LabError } from "./errors.ts";

/** How a program is run to its end; the environment is added to this process's own. */
export interface RunOptions {
  readonly env?: Record<string, string>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Exit codes other than 0 that are answers, not failures. */
  readonly acceptExitCodes?: readonly number[];
}

/** Runs a program and returns its standard output; a LabError with the command and the end of its output otherwise. */
export async function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await execa(file, args, {
    ...(options.env && { env: options.env }),
    ...(options.cwd && { cwd: options.cwd }),
    ...(options.input === undefined ? { stdin: "ignore" as const } : { input: options.input }),
    ...(options.timeoutMs && { timeout: options.timeoutMs }),
    reject: false,
  });
  const accepted = result.exitCode !== undefined && (options.acceptExitCodes ?? []).includes(result.exitCode);
  if (result.failed && !accepted) throw new LabError(describeFailure(file, args, result));
  return result.stdout;
}

/** Runs a program and returns its standard output, or undefined where it fails or does not exist. */
export async function tryRun(file: string, args: readonly string[], options?: RunOptions): Promise<string | undefined> {
  try {
    return await run(file, args, options);
  } catch {
    return undefined;
  }
}

interface Failure {
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly exitCode?: number | undefined;
  readonly originalMessage?: string | undefined;
}

function describeFailure(file: string, args: readonly string[], failure: Failure): string {
  const said = lastLines(`${failure.stdout}\n${failure.stderr}`, 12);
  const how = failure.timedOut
    ? "took too long"
    : failure.exitCode === undefined
      ? (failure.originalMessage ?? "did not start")
      : `exit code ${failure.exitCode}`;
  return `\`${[file, ...args].join(" ")}\` failed (${how})${said === "" ? "" : `:\n${said}`}`;
}

/** The last lines of a text that hold anything, indented for quoting in a message. */
export function lastLines(text: string, count: number): string {
  return text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .map((line) => `    ${line.slice(0, 400)}`)
    .join("\n");
}
