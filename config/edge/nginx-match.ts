import type { Match, Segment } from "../audience.ts";
import { CANDIDATE_HEADER } from "../limits.ts";

/** A line of the configuration. */
type Line = string;

/** A string in nginx' own quotes. */
export function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}

/** For a regular expression that has to match this text as it is. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** nginx' variable of a request header. */
export function headerVariable(name: string): string {
  return `$http_${name.replaceAll("-", "_")}`;
}

/** A variable that is 1 where another one matches a regular expression as a whole, and 0 elsewhere. */
export function mapWhole(source: string, variable: string, pattern: string): Line {
  // A plain string would be compared without regard to case.
  return `map ${source} ${variable} { ${quote(`~^(?:${pattern})$`)} 1; default 0; }`;
}

/** Sets `$sluice_tester` for requests of testers. */
export function testerLines(): readonly Line[] {
  return [mapWhole(headerVariable(CANDIDATE_HEADER), "$sluice_tester", "true")];
}

/** The variable that says whether a request belongs to a segment. */
export function segmentVariable(index: number): string {
  return `$sluice_segment_${index}`;
}

/** Sets the variable of a segment: any of its matches, of each of which all conditions hold. */
export function segmentLines({ when }: Segment, index: number): readonly Line[] {
  const matches = when.map((match, i) => {
    const conditions = conditionLines(match, `${segmentVariable(index)}_${i}`);
    return { lines: conditions.map(({ line }) => line), variables: conditions.map(({ variable }) => variable) };
  });
  const any = matches.map(({ variables }) => variables.join("")).join(" ");
  const hit = matches.map(({ variables }) => "1".repeat(variables.length));
  const wanted = hit.map((ones) => `(?:.* )?${ones}(?: .*)?`).join("|");
  return [...matches.flatMap(({ lines }) => lines), mapWhole(quote(any), segmentVariable(index), wanted)];
}

function conditionLines({ cidr, cookie, header, userAgent }: Match, prefix: string) {
  const lines: { readonly variable: string; readonly line: Line }[] = [];
  const add = (what: string, line: (variable: string) => Line) => {
    const variable = `${prefix}_${what}`;
    lines.push({ variable, line: line(variable) });
  };
  if (header !== undefined) {
    add("header", (variable) => mapWhole(headerVariable(header.name), variable, valuePattern(header)));
  }
  if (cookie !== undefined) {
    const pattern = `(?:.*; *)?${escapePattern(cookie.name)}=(?:${valuePattern(cookie)})(?:;.*)?`;
    add("cookie", (variable) => mapWhole("$http_cookie", variable, pattern));
  }
  if (userAgent !== undefined) add("agent", (variable) => mapWhole("$http_user_agent", variable, userAgent));
  if (cidr !== undefined) add("cidr", (variable) => `geo ${variable} { default 0; ${cidr} 1; }`);
  return lines;
}

function valuePattern({ exact, regex }: { exact?: string | undefined; regex?: string | undefined }): string {
  return exact === undefined ? (regex ?? "") : escapePattern(exact);
}
