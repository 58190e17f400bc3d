import { SLOT_LABEL } from "../../config/limits.ts";
import type { Resource } from "../resource.ts";
import { readSeconds } from "./quantities.ts";
import { listAt, textAt, textsAt } from "./read.ts";

export interface Alert {
  readonly name: string;
  /** PromQL that has a value while something is wrong. */
  readonly expression: string;
  /** Seconds for which it must have one. */
  readonly holds: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** The alerts of a PrometheusRule; recording rules are none. */
export function alertsOf({ body }: Resource): readonly Alert[] {
  return listAt(body, "spec", "groups").flatMap((group) =>
    listAt(group, "rules").flatMap((rule) => {
      const name = textAt(rule, "alert");
      if (name === undefined) return [];
      const holds = readSeconds(textAt(rule, "for")) ?? 0;
      return [{ name, expression: textAt(rule, "expr") ?? "", holds, labels: textsAt(rule, "labels") }];
    }),
  );
}

/** Whether an alert is about a version under release: it says so, or names a slot. */
export function isAboutCandidate({ labels, name }: Pick<Alert, "labels" | "name">): boolean {
  return /canary|candidate|rollout/i.test(name) || "slot" in labels || SLOT_LABEL in labels;
}

/** A time over which PromQL computes a rate. */
export interface RateWindow {
  readonly text: string;
  readonly seconds: number;
}

/** The windows of all rates and increases in PromQL. Variables in place of a duration are left out: nobody knows them. */
export function rateWindows(expression: string): readonly RateWindow[] {
  const plain = expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""');
  const found = plain.matchAll(/\b(?:rate|increase|delta|deriv)\s*\(\s*[\w:]*\s*(?:\{[^}]*\})?\s*\[([0-9a-z]+)\]/g);
  return [...found].flatMap(([, text = ""]) => {
    const seconds = readSeconds(text);
    return seconds === undefined ? [] : [{ text, seconds }];
  });
}
