import { get, type Agent } from "node:http";

/** Asks once. @returns the version that answered, and how long that took in ms */
export function ask(
  url: string,
  agent: Agent,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly version: string; readonly tookMs: number }> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (answer) => {
      answer.resume().on("end", () => {
        resolve({ version: String(answer.headers["x-version"]), tookMs: performance.now() - began });
      });
    }).on("error", reject);
  });
}
