import type { ReleaseState } from "../release-state.ts";
import { edgeFactsSchema, type EdgeBasis, type EdgeRouting } from "./basis.ts";
import { renderNginxRouting } from "./nginx-routing.ts";
import { renderTraefikRouting } from "./traefik-routing.ts";

const FIRST_LINE = "# sluice ";

/** What a routing's file says of itself. */
export interface EdgeFacts {
  readonly state: ReleaseState;
  readonly basis: EdgeBasis;
}

/** The one small file that splits the traffic. Its first line tells for which release state, and for which edge. */
export function renderRouting(routing: EdgeRouting): string {
  const { basis } = routing;
  // Who gets the traffic comes first: so much of the line is the same for as long as the serial is.
  const { candidate, live, serial, weight, ...rest } = routing.state;
  const state = { serial, live, candidate, weight, ...rest };
  const rendered = basis.kind === "nginx" ? renderNginxRouting(routing) : renderTraefikRouting(routing);
  return `${FIRST_LINE}${JSON.stringify({ state, basis })}\n${rendered}`;
}

/** The inverse, as far as the first line goes; `undefined` for a file that nobody of this project wrote. */
export function readRouting(text: string): EdgeFacts | undefined {
  const [line = ""] = text.split("\n", 1);
  if (!line.startsWith(FIRST_LINE)) return undefined;
  try {
    const parsed = edgeFactsSchema.safeParse(JSON.parse(line.slice(FIRST_LINE.length)));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
