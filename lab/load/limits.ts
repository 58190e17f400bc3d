import { isIPv4 } from "node:net";
import { LabError } from "../errors.ts";

/** The most that a run may ask for. */
export const loadLimits = { rps: 2000, seconds: 3600 } as const;

/** Where load may go, and how much: unchecked, as a caller gave it. */
export interface LoadRequest {
  readonly url: string;
  /** The Host header, where it is not the URL's own. */
  readonly host?: string;
  readonly rps: number;
  readonly seconds: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A run within all limits. */
export interface LoadTarget {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly rps: number;
  readonly seconds: number;
}

/** Checks a run before anything is sent. Throws a LabError that lists every problem. */
export function checkLoad(request: LoadRequest): LoadTarget {
  const problems: string[] = [];
  const url = checkUrl(request.url, problems);
  checkWhole("rps", request.rps, loadLimits.rps, problems);
  checkWhole("seconds", request.seconds, loadLimits.seconds, problems);
  if (request.host !== undefined && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/i.test(request.host)) {
    problems.push(`host: "${request.host}" is not a host name: give one like checkout.example.com`);
  }
  for (const [name, value] of Object.entries(request.headers ?? {})) checkHeader(name, value, problems);
  if (problems.length > 0)
    throw new LabError(`This load is refused:\n${problems.map((line) => `  ${line}`).join("\n")}`);
  const host = request.host === undefined ? {} : { Host: request.host };
  return { url, headers: { ...request.headers, ...host }, rps: request.rps, seconds: request.seconds };
}

/** Whether an address is this machine's own or in 198.18.0.0/15, the range for benchmarks that the lab's pods live in. */
export function isLabAddress(address: string): boolean {
  return address === "::1" || (isIPv4(address) && /^(127\.|198\.1[89]\.)/.test(address));
}

function checkUrl(text: string, problems: string[]): string {
  const url = URL.parse(text);
  if (url === null) {
    problems.push(`url: "${text}" is not a URL: give one like http://127.0.0.1:8080/api/quote`);
    return text;
  }
  if (url.protocol !== "http:") problems.push(`url: "${text}" is not http: load goes to plain HTTP only`);
  if (url.username !== "" || url.password !== "") problems.push(`url: "${text}" holds a user: give a header instead`);
  if (url.hostname === "localhost") url.hostname = "127.0.0.1"; // names are never looked up
  if (!isLabAddress(url.hostname.replace(/^\[|\]$/g, ""))) {
    problems.push(`url: ${url.hostname} is neither this machine (127.0.0.0/8, ::1) nor the lab (198.18.0.0/15)`);
  }
  return url.href;
}

function checkWhole(name: string, value: number, most: number, problems: string[]): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    problems.push(`${name}: ${value} is not a whole number from 1 to ${most}`);
  }
}

function checkHeader(name: string, value: string, problems: string[]): void {
  if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) problems.push(`header: "${name}" is not a header's name`);
  else if (name.toLowerCase() === "host") problems.push(`header: "${name}" is given as the host`);
  if (!/^[\t\x20-\x7e]*$/.test(value))
    problems.push(`header: the value of "${name}" has characters that a header cannot`);
}
