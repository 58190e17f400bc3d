import { createHash } from "node:crypto";
import type { Flag, Flags } from "../../config/flags.ts";

/** Attributes of the evaluation context by which a flag is decided. */
const SEGMENT = { var: "segment" };

/** All flags as flagd reads them, and their version. Source: flagd's schemas `flags.json` and `targeting.json`, version 0. */
export function renderFlags(flags: Flags): { readonly json: string; readonly version: string } {
  const rendered = Object.fromEntries(
    Object.entries(flags)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, flag]) => [name, renderFlag(flag)]),
  );
  const version = createHash("sha256").update(JSON.stringify(rendered)).digest("hex").slice(0, 12);
  return { json: `${JSON.stringify({ flags: rendered, metadata: { version } }, undefined, 2)}\n`, version };
}

function renderFlag(flag: Flag) {
  const everyone = flag.percentage === 100;
  const targeting = everyone ? undefined : renderTargeting(flag);
  return {
    state: flag.on ? "ENABLED" : "DISABLED",
    variants: { on: true, off: false },
    defaultVariant: everyone ? "on" : "off",
    ...(targeting === undefined ? {} : { targeting }),
  };
}

/** `fractional` hashes the flag's name with the targeting key, so that flags do not all pick the same users. */
function renderTargeting({ percentage, segments }: Flag) {
  const others =
    percentage === 0
      ? "off"
      : {
          fractional: [
            ["on", percentage],
            ["off", 100 - percentage],
          ],
        };
  if (segments.length > 0) return { if: [{ in: [SEGMENT, segments] }, "on", others] };
  return percentage === 0 ? undefined : others;
}
