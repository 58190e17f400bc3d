import { Writable } from "node:stream";
import { WriteStream } from "node:tty";

export interface ScreenOptions {
  readonly isTTY: boolean;
  readonly columns?: number;
}

const CODES = new RegExp(`${String.fromCharCode(27)}\\[\\??([\\d;]*)([A-Za-z])|[^]`, "gu");

/** A stream that keeps what a terminal would show: it knows the control codes that a live view needs. */
export class Screen extends Writable {
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly rows = 40;
  /** Everything that was written, control codes included. */
  raw = "";
  #lines: string[] = [""];
  #row = 0;
  #column = 0;

  constructor({ isTTY, columns }: ScreenOptions) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
    this.columns = columns;
  }

  /** As a reporter takes it. */
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  /** What is to be seen, without empty lines at the end. */
  get text(): string {
    return this.#lines.join("\n").trimEnd();
  }

  /** As real terminals do, it heeds NO_COLOR; nothing else of where the tests run (such as CI) takes its colours away. */
  getColorDepth(): number {
    const { NO_COLOR } = process.env;
    return WriteStream.prototype.getColorDepth.call(this, { NO_COLOR, TERM: "xterm-256color" });
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.raw += chunk.toString();
    for (const [part, parameter, code] of chunk.toString().matchAll(CODES)) {
      if (code === undefined) this.#print(part);
      else this.#control(code, Number(parameter === "" ? "1" : parameter), parameter ?? "");
    }
    done();
  }

  #print(character: string): void {
    if (character === "\n") {
      this.#row += 1;
      this.#column = 0;
      this.#lines[this.#row] ??= "";
      return;
    }
    const line = (this.#lines[this.#row] ?? "").padEnd(this.#column);
    this.#lines[this.#row] = line.slice(0, this.#column) + character + line.slice(this.#column + 1);
    this.#column += 1;
  }

  #control(code: string, count: number, parameter: string): void {
    const line = this.#lines[this.#row] ?? "";
    if (code === "A") this.#row = Math.max(0, this.#row - count);
    else if (code === "B") this.#row += count;
    else if (code === "G") this.#column = count - 1;
    else if (code === "K") this.#lines[this.#row] = parameter === "2" ? "" : line.slice(0, this.#column);
    else if (!"mhl".includes(code)) throw new Error(`the screen does not know control code ${code}`);
  }
}
