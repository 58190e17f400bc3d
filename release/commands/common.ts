import { createWriteStream } from "node:fs";
import os from "node:os";
import { systemClock } from "../adapters/system-clock.ts";
import type { Driver } from "../heartbeat.ts";
import type { Reporter } from "../ports.ts";
import { createJsonReporter } from "../report/json.ts";
import { createTerminalReporter } from "../report/terminal.ts";

/** What every command about a stack takes. */
export interface CommonOptions {
  readonly stack: string;
  readonly project: string;
  readonly json?: true;
}

export function openReporter({ json }: Pick<CommonOptions, "json">): Reporter {
  return json === true ? createJsonReporter(process.stdout) : createTerminalReporter(process.stdout, systemClock);
}

/** Appends the events to a file, if one is named. */
export function openEventFile(file: string | undefined): readonly Reporter[] {
  if (file === undefined) return [];
  const stream = createWriteStream(file, { flags: "a" });
  const json = createJsonReporter(stream);
  return [
    {
      report: (event) => json.report(event),
      close: () => stream.end(),
    },
  ];
}

/** This process, as the one who drives; given up at the first SIGINT or SIGTERM. */
export function thisDriver(stack: string): Driver {
  const interruption = new AbortController();
  const interrupt = () => {
    interruption.abort();
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  return { name: `${os.userInfo().username}@${os.hostname()}/${process.pid}`, stack, signal: interruption.signal };
}
