import { once } from "node:events";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { createWriteStream, type WriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { LabError, messageOf } from "../errors.ts";
import { createReporter } from "../reporter.ts";
import { lastLines } from "../run.ts";
import { labPaths } from "../settings.ts";
import { provideCommand } from "../toolchain/provide.ts";
import { summarize, type LoadResult } from "./aggregate.ts";
import { readLine, type Answer } from "./answer.ts";
import { k6Arguments, k6Environment } from "./k6.ts";
import type { LoadTarget } from "./limits.ts";

/** k6's exit code where it was interrupted. */
const interrupted = 105;

type K6 = ChildProcessByStdio<null, Readable, Readable>;

/** One run of k6. */
export class LoadProcess {
  /** In the order in which they came. */
  readonly answers: Answer[] = [];
  readonly #target: LoadTarget;
  readonly #out: string;
  readonly #said: string[] = [];
  #dropped = 0;
  #stopped = false;
  #k6: K6 | undefined;

  constructor(target: LoadTarget, out: string) {
    this.#target = target;
    this.#out = out;
  }

  /** Interrupts k6; requests that are under way are cut off. */
  stop(): void {
    if (this.#stopped) return; // a second interrupt would make k6 leave without its summary
    this.#stopped = true;
    this.#k6?.kill("SIGINT");
  }

  /** Runs k6 to its end. Throws a LabError. */
  async perform(): Promise<LoadResult> {
    const k6 = await provideCommand("k6", labPaths(), createReporter());
    const file = await openFile(this.#out);
    if (this.#stopped) return summarize([], 0);
    // A process group of its own: Ctrl-C must reach k6 by `stop` only.
    const child = spawn(k6, k6Arguments, {
      detached: true,
      env: k6Environment(this.#target),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#k6 = child;
    const end = () => void child.kill("SIGKILL");
    process.once("exit", end);
    try {
      const closed = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
      createInterface({ input: child.stderr }).on("line", (line) => this.#keep(line));
      createInterface({ input: child.stdout }).on("line", (line) => this.#take(line, file));
      const [code, signal] = await closed;
      file.end();
      await finished(file);
      if (code !== 0 && code !== interrupted)
        throw new LabError(this.#explain(`ended with ${code ?? signal ?? "nothing"}`));
      return summarize(this.answers, this.#dropped);
    } catch (error) {
      throw error instanceof LabError ? error : new LabError(this.#explain(messageOf(error)));
    } finally {
      process.removeListener("exit", end);
      end();
      file.destroy();
    }
  }

  #take(text: string, file: WriteStream): void {
    const line = readLine(text);
    switch (line.kind) {
      case "answer":
        if (this.#stopped && line.answer.status === 0) return; // cut off by the stop
        this.answers.push(line.answer);
        file.write(`${JSON.stringify(line.answer)}\n`);
        break;
      case "end":
        this.#dropped = line.dropped;
        break;
      case "other":
        this.#keep(line.text);
        break;
    }
  }

  #keep(line: string): void {
    this.#said.push(line);
    if (this.#said.length > 50) this.#said.shift();
  }

  #explain(problem: string): string {
    const said = lastLines(this.#said.join("\n"), 12);
    return `k6 ${problem}${said === "" ? "" : `:\n${said}`}`;
  }
}

async function openFile(path: string): Promise<WriteStream> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = createWriteStream(path);
    await once(file, "open");
    return file;
  } catch (error) {
    throw new LabError(`Cannot write the answers: ${messageOf(error)}`);
  }
}
