/** Text that is HTML already; everything else is escaped when it becomes part of it. */
export interface Markup {
  readonly markup: string;
}

/** What a template may contain; undefined leaves nothing behind. */
export type Part = string | number | Markup | readonly Markup[] | undefined;

/** Builds HTML from a template; strings and numbers in it are escaped. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return { markup: strings.map((text, index) => text + render(parts[index])).join("") };
}

/** Takes a string that is HTML already. Only for what this program wrote itself. */
export function trusted(text: string): Markup {
  return { markup: text };
}

function render(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escape(String(part));
  return "markup" in part ? part.markup : part.map((each) => each.markup).join("");
}

function escape(text: string): string {
  return (
    text
      // A number stays on one line with its unit.
      .replace(/(\d) (?=%|: 1|m?s\b)/g, "$1\u00a0")
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
  );
}
