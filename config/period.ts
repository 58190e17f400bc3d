import { z } from "zod";

const PATTERN = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\S*)\/(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}\S*)$/;
const ZONED = /(Z|[+-]\d{2}:\d{2})$/;

/** A stretch of time, written `"2026-03-01T09:10Z/2026-03-01T09:25Z"` (ISO 8601), read as ms since the epoch. */
export const period = z
  .string()
  .meta({ title: "period", pattern: PATTERN.source })
  .transform((text, ctx) => {
    const [, begin = "", end = ""] = PATTERN.exec(text) ?? [];
    const [from, until] = [readTime(begin), readTime(end)];
    if (from < until) return { from, until };
    const message = 'write its begin and its end with their zone: "2026-03-01T09:10Z/2026-03-01T09:25Z"';
    ctx.addIssue({ code: "custom", message, input: text });
    return z.NEVER;
  });

/** NaN where it is no time, or one without a zone, which would mean another one on another machine. */
function readTime(text: string): number {
  return ZONED.test(text) ? Date.parse(text) : NaN;
}
