import { readFile } from "node:fs/promises";
import { tryRun } from "../run.ts";

/** Mount points below a directory, innermost first. */
export async function findMounts(directory: string): Promise<string[]> {
  return parseMounts(await readFile("/proc/self/mountinfo", "utf8"), directory);
}

/** The same from the text of a mountinfo file. */
export function parseMounts(mountinfo: string, directory: string): string[] {
  const points = mountinfo.split("\n").flatMap((line) => {
    const point = line.split(" ")[4];
    return point === undefined ? [] : [unescapeOctal(point)];
  });
  return points.filter((point) => point.startsWith(`${directory}/`)).reverse();
}

/** Unmounts everything below a directory. What is busy is detached and goes with its last user. */
export async function unmountAll(directory: string): Promise<void> {
  for (const point of await findMounts(directory)) {
    if ((await tryRun("umount", [point])) === undefined) await tryRun("umount", ["--lazy", point]);
  }
}

function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}
