import { z } from "zod";

/** A name that becomes part of Kubernetes names; the roles' suffixes still fit behind it. */
export const dnsLabel = z
  .string()
  .max(40)
  .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, "use lower-case letters, digits and '-', starting with a letter");

export const urlPath = z.string().startsWith("/", 'must start with "/"');

export const share = z.number().gt(0).lt(1);

export const percent = z.int().min(0).max(100);

export const port = z.int().min(1).max(65_535);

/** An object of a namespace, written `namespace/name`. */
export const namespacedName = z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "write it as namespace/name");

/** Name of an HTTP header, as it is written in lower case. */
export const headerName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]*$/, "write the header's name in lower case: letters, digits and '-'");

export const cookieName = z.string().regex(/^[A-Za-z0-9_-]+$/, "use letters, digits, '_' and '-'");

/** What JavaScript understands and RE2 does not, or otherwise. */
const NOT_RE2: readonly (readonly [RegExp, string])[] = [
  [/\(\?(=|!|<)|\\[1-9k]/, "uses look-around, a named group or a back-reference, which routers lack (RE2)"],
  [/\\[uc]/, "uses an escape that routers lack (RE2): write the character itself"],
  [/\[\^?\]/, "has an empty character class, which routers read otherwise (RE2)"],
];

/** A regular expression that has to match the whole value. RE2 syntax: no look-around, no back-reference. */
export const regex = z
  .string()
  .min(1)
  .superRefine((pattern, ctx) => {
    try {
      new RegExp(pattern, "u");
    } catch {
      ctx.addIssue({ code: "custom", message: "is no regular expression", input: pattern });
      return;
    }
    // An escaped backslash is no beginning of an escape.
    const escapes = pattern.replaceAll("\\\\", "");
    const message = NOT_RE2.find(([found]) => found.test(escapes))?.[1];
    if (message !== undefined) ctx.addIssue({ code: "custom", message, input: pattern });
  });
