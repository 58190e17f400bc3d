import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../errors.ts";
import { run } from "../run.ts";
import { type PrometheusRule, ruleFileName, toRuleFile } from "./convert.ts";

/** Where rules go, and how they are checked and taken into use. */
export interface RuleTarget {
  readonly directory: string;
  /** Throws where Prometheus would not accept the file. */
  readonly check: (file: string) => Promise<void>;
  readonly reload: () => Promise<void>;
  readonly log: (text: string) => void;
}

/**
 * Makes a function that makes the rule files equal to the objects, and reloads Prometheus where something changed. An
 * object that Prometheus would refuse is left out and reported: one bad rule must not stop all others. If the reload
 * fails, it throws, and the next call tries again.
 */
export function createRuleSynchronizer(target: RuleTarget): (objects: readonly PrometheusRule[]) => Promise<void> {
  let reloadDue = false;
  const refused = new Map<string, string>();

  const removeOthers = async (wanted: ReadonlySet<string>) => {
    for (const file of await readdir(target.directory)) {
      if (!file.endsWith(".json") || wanted.has(file)) continue;
      await rm(join(target.directory, file));
      target.log(`removed ${file}`);
      reloadDue = true;
    }
  };
  const put = async (file: string, content: string) => {
    const path = join(target.directory, file);
    const current = await readFile(path, "utf8").catch(() => undefined);
    if (current === content || refused.get(file) === content) return;
    const candidate = `${path}.candidate`;
    await writeFile(candidate, content);
    try {
      await target.check(candidate);
      await rename(candidate, path);
      refused.delete(file);
      reloadDue = true;
      target.log(`wrote ${file}`);
    } catch (error) {
      await rm(candidate, { force: true });
      refused.set(file, content);
      target.log(`refused ${file}: ${messageOf(error)}`);
    }
  };

  return async (objects) => {
    await mkdir(target.directory, { recursive: true });
    await removeOthers(new Set(objects.map(ruleFileName)));
    for (const object of objects) await put(ruleFileName(object), toRuleFile(object));
    if (!reloadDue) return;
    await target.reload();
    reloadDue = false;
  };
}

/** The lab's Prometheus as a target. */
export function prometheusTarget(directory: string, promtool: string, prometheusUrl: string): RuleTarget {
  return {
    directory,
    async check(file) {
      await run(promtool, ["check", "rules", file]);
    },
    async reload() {
      const response = await fetch(`${prometheusUrl}/-/reload`, {
        method: "POST",
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`Prometheus refused to reload: ${response.status} ${await response.text()}`);
    },
    log: (text) => console.log(`${new Date().toISOString()} ${text}`),
  };
}
