import type { Match, Segment } from "../audience.ts";
import { CANDIDATE_HEADER } from "../limits.ts";
import { escapePattern } from "./nginx-match.ts";

/** Requests of testers. */
export const TESTERS = headerIs(CANDIDATE_HEADER, "true");

/** Requests for any of these hosts; `*.` before a name stands for one label. */
export function hostRule(hosts: readonly string[]): string {
  const rules = hosts.map((host) =>
    host.startsWith("*.") ? call("HostRegexp", `^[^.]+${escapePattern(host.slice(1))}$`) : call("Host", host),
  );
  return any(rules);
}

/** Requests whose header matches a regular expression as a whole. */
export function headerMatches(name: string, pattern: string): string {
  return call("HeaderRegexp", name, `^(?:${pattern})$`);
}

/** Requests of a segment. */
export function segmentRule({ when }: Pick<Segment, "when">): string {
  return any(when.map((match) => all(conditions(match))));
}

/** What holds when all of these do. */
export function all(rules: readonly string[]): string {
  return rules.length === 1 ? rules.join("") : rules.map((rule) => `(${rule})`).join(" && ");
}

function any(rules: readonly string[]): string {
  return rules.length === 1 ? rules.join("") : rules.map((rule) => `(${rule})`).join(" || ");
}

function conditions({ cidr, cookie, header, userAgent }: Match): readonly string[] {
  const cookiePattern = (name: string, value: string) => `(?:.*; *)?${escapePattern(name)}=(?:${value})(?:;.*)?`;
  return [
    ...(header === undefined ? [] : [headerMatches(header.name, valuePattern(header))]),
    ...(cookie === undefined ? [] : [headerMatches("cookie", cookiePattern(cookie.name, valuePattern(cookie)))]),
    ...(userAgent === undefined ? [] : [headerMatches("user-agent", userAgent)]),
    ...(cidr === undefined ? [] : [call("ClientIP", cidr)]),
  ];
}

function valuePattern({ exact, regex }: { exact?: string | undefined; regex?: string | undefined }): string {
  return exact === undefined ? (regex ?? "") : escapePattern(exact);
}

function headerIs(name: string, value: string): string {
  return call("Header", name, value);
}

/** Traefik reads its rules as Go does, whose quoted strings are those of JSON. */
function call(matcher: string, ...values: readonly string[]): string {
  return `${matcher}(${values.map((value) => JSON.stringify(value)).join(", ")})`;
}
