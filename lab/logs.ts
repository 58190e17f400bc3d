import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { LabError } from "./errors.ts";
import { labPaths } from "./settings.ts";

/** Shows the end of one component's log, or of all; goes on as they grow if asked to. */
export async function showLogs(name: string | undefined, follow: boolean): Promise<void> {
  const { logs } = labPaths();
  const names = (await readdir(logs).catch(() => []))
    .filter((file) => file.endsWith(".log"))
    .map((file) => file.slice(0, -".log".length))
    .toSorted();
  if (names.length === 0) throw new LabError(`There are no logs in ${logs}: the lab has not been up.`);
  if (name !== undefined && !names.includes(name)) {
    throw new LabError(`There is no log of ${name}. There are: ${names.join(", ")}`);
  }
  const files = (name === undefined ? names : [name]).map((each) => join(logs, `${each}.log`));
  const count = name === undefined ? "10" : "200";
  await execa("tail", ["-n", count, ...(follow ? ["-F"] : []), ...files], { stdio: "inherit", reject: false });
}
