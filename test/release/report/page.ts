/** The texts of the elements that a pattern finds, without the markup inside them. */
export function textsOf(page: string, pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map(([, inner = ""]) => readable(inner));
}

/** Text as it is read: without markup, with plain spaces. */
export function readable(markup: string): string {
  const text = markup.replace(/<br>/g, " ").replace(/<[^>]*>/g, "");
  return text
    .replace(/\u00a0/g, " ")
    .replace(/\s+/g, " ")
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, "<")
    .trim();
}

/** The cells of the table under a heading. */
export function rowsOf(page: string, heading: string): string[][] {
  const section = page.split(/(?=<section)/).find((part) => part.includes(`<h2>${heading}</h2>`)) ?? "";
  const body = /<tbody>([^]*?)<\/tbody>/.exec(section)?.[1] ?? "";
  return body
    .split("</tr>")
    .slice(0, -1)
    .map((row) => textsOf(row, /<td[^>]*>([^]*?)<\/td>/g));
}
