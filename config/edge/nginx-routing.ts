import { SLOTS, type Slot } from "../release-state.ts";
import { bucketsBelow } from "../split.ts";
import type { EdgeBasis, EdgeRouting } from "./basis.ts";
import { markOf } from "./mark.ts";
import { escapePattern, headerVariable, quote, segmentLines, segmentVariable, testerLines } from "./nginx-match.ts";
import { serversOf } from "./servers.ts";

/** nginx' own name for the containers of a slot. */
export function upstreamOf(slot: Slot): string {
  return `sluice_${slot}`;
}

/**
 * nginx' part of the configuration that changes with a release: where each slot's containers are, and who is sent to
 * which. Everything else is in the file that includes it.
 */
export function renderNginxRouting(routing: EdgeRouting): string {
  const { basis, state } = routing;
  const lines = [
    ...SLOTS.flatMap((slot) => upstreamLines(basis, slot, serversOf(basis, state, slot))),
    ...splitLines(routing),
    ...forcedLines(routing),
    `map $host $sluice_routing { default ${quote(markOf(state))}; }`,
  ];
  return `${lines.join("\n")}\n`;
}

/** A container that fails to answer is left alone for a moment: the others of its slot take its requests. */
function upstreamLines({ keepalive }: EdgeBasis, slot: Slot, servers: readonly string[]): readonly string[] {
  // nginx refuses an upstream without any server.
  const some =
    servers.length === 0 ? ["127.0.0.1:1 down"] : servers.map((server) => `${server} max_fails=3 fail_timeout=5s`);
  return [
    `upstream ${upstreamOf(slot)} {`,
    `    zone ${upstreamOf(slot)} 128k;`,
    "    least_conn;",
    ...some.map((server) => `    server ${server};`),
    `    keepalive ${keepalive};`,
    "}",
  ];
}

/** Sets `$sluice_split`: the slot of those whom nothing forces to a side. */
function splitLines({ split, state }: EdgeRouting): readonly string[] {
  const { candidate, live, weight } = state;
  if (candidate === undefined || weight === 0) return [`map $host $sluice_split { default ${live}; }`];
  // At 100 % everybody is meant, also those whose requests tell no group.
  if (weight === 100) return [`map $host $sluice_split { default ${candidate}; }`];
  if (split.by === "random") {
    return [`split_clients $sluice_key $sluice_split { ${weight}% ${candidate}; * ${live}; }`];
  }
  const pattern = split.by === "bucket" ? bucketsBelow(weight) : split.values.map(escapePattern).join("|");
  const source = headerVariable(split.header);
  return [`map ${source} $sluice_split { ${quote(`~^(?:${pattern})$`)} ${candidate}; default ${live}; }`];
}

/**
 * Sets `$sluice_slot`, where a request goes: testers to the candidate, segments to their side, everyone else by the split;
 * and `$sluice_mark`, the proof that the candidate answered a tester.
 */
function forcedLines({ audience, state }: EdgeRouting): readonly string[] {
  const { candidate, live } = state;
  if (candidate === undefined) {
    return ["map $host $sluice_slot { default $sluice_split; }", 'map $host $sluice_mark { default ""; }'];
  }
  const segments = audience.segments.map((segment, i) => ({
    lines: segmentLines(segment, i),
    variable: segmentVariable(i),
    side: segment.goesTo === "candidate" ? candidate : live,
  }));
  const source = ["$sluice_tester", ...segments.map(({ variable }) => variable)].join("");
  const sides = segments.map(({ side }, i) => `    "~^${"0".repeat(i + 1)}1" ${side};`);
  return [
    ...testerLines(),
    ...segments.flatMap(({ lines }) => lines),
    `map ${quote(source)} $sluice_slot {`,
    `    "~^1" ${candidate};`,
    ...sides,
    "    default $sluice_split;",
    "}",
    `map $sluice_tester $sluice_mark { 1 ${candidate}; default ""; }`,
  ];
}
