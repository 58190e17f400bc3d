import { run } from "../run.ts";

/** A TCP socket that listens. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly pid: number | undefined;
  readonly process: string | undefined;
}

/** All TCP listeners of this machine. */
export async function findListeners(): Promise<Listener[]> {
  return parseListeners(await run("ss", ["-Hltnp"]));
}

/** Parses `ss -Hltnp`. */
export function parseListeners(text: string): Listener[] {
  return text.split("\n").flatMap((line) => {
    const local = line.trim().split(/\s+/)[3];
    const match = /^(.*):(\d+)$/.exec(local ?? "");
    if (match?.[1] === undefined) return [];
    const [, process, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(line) ?? [];
    return [{ address: match[1], port: Number(match[2]), pid: pid === undefined ? undefined : Number(pid), process }];
  });
}
