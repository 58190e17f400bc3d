import { InvalidArgumentError, type Command } from "commander";
import { startLoad, type LoadRun } from "./load.ts";
import { renderResult, renderSecond } from "./load/table.ts";
import { createReporter } from "./reporter.ts";
import { urls } from "./settings.ts";

interface Options {
  readonly url: string;
  readonly host?: string;
  readonly rps: number;
  readonly seconds: number;
  readonly header: Readonly<Record<string, string>>;
  readonly out: string;
  readonly json?: true;
}

/** Adds `lab load`. */
export function addLoadCommand(program: Command): void {
  program
    .command("load")
    .description("send requests at a constant rate, and count every answer by version and status")
    .option("--url <url>", "where to; this machine and the lab only", `${urls.ingress}/api/quote`)
    .option("--host <name>", "Host header, such as checkout.example.com")
    .option("--rps <number>", "requests a second, up to 2000", parseNumber, 200)
    .option("--seconds <number>", "how long, up to 3600", parseNumber, 60)
    .option("--header <name=value>", "a header of each request; may be repeated", collectHeader, {})
    .option("--out <file>", "file for the answers, one JSON object a line", "build/load.jsonl")
    .option("--json", "the result as JSON on standard output")
    .action(async ({ json, header, ...options }: Options) => {
      const run = startLoad({ ...options, headers: header });
      const unwatch = stopOnSignal(run);
      const timer = reportSeconds(run);
      try {
        const result = await run.done;
        console.log(json === true ? JSON.stringify(result, undefined, 2) : `\n${renderResult(result)}\n${options.out}`);
      } finally {
        clearInterval(timer);
        unwatch();
      }
    });
}

/** Each second, a line about the answers that came since the line before. */
function reportSeconds(run: LoadRun): NodeJS.Timeout {
  const reporter = createReporter();
  let told = 0;
  return setInterval(() => {
    const answers = run.answers();
    if (answers.length === 0) return; // k6 is starting
    reporter.line(renderSecond(Date.now(), answers.slice(told)));
    told = answers.length;
  }, 1000);
}

/** The first Ctrl-C ends the load and still shows what came of it; a second one ends the program. */
function stopOnSignal(run: LoadRun): () => void {
  const signals = ["SIGINT", "SIGTERM"] as const;
  const others = signals.map((signal) => [signal, process.listeners(signal)] as const);
  for (const signal of signals) process.removeAllListeners(signal);
  const stop = () => void run.stop().catch(() => undefined);
  const restore = () => {
    for (const [signal, listeners] of others) {
      process.removeListener(signal, handle);
      for (const listener of listeners) process.once(signal, listener);
    }
  };
  const handle = () => {
    restore();
    stop();
  };
  for (const signal of signals) process.once(signal, handle);
  return restore;
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || Number.isNaN(value)) throw new InvalidArgumentError("It is not a number.");
  return value;
}

function collectHeader(text: string, headers: Readonly<Record<string, string>>): Record<string, string> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new InvalidArgumentError("Give it as name=value.");
  return { ...headers, [name]: value };
}
