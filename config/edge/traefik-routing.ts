import { stringify } from "yaml";
import { SLOT_HEADER } from "../limits.ts";
import { SLOTS, slotWeights, type Slot } from "../release-state.ts";
import { bucketsBelow } from "../split.ts";
import { ROUTING_PATH, type EdgeBasis, type EdgeRouting } from "./basis.ts";
import { markOf } from "./mark.ts";
import { escapePattern } from "./nginx-match.ts";
import { serversOf, slotService } from "./servers.ts";
import { all, headerMatches, hostRule, segmentRule, TESTERS } from "./traefik-match.ts";

/** Names of Traefik's entry points: where users come in, and where the edge tells of itself. */
export const ENTRY_POINTS = { users: "users", status: "status" } as const;

/** Traefik decides by priority alone: health before testers before segments, in their order, before everyone else. */
const PRIORITY = { health: 5_000, testers: 4_000, segments: 3_000, group: 2, everyone: 1 };

interface Rule {
  readonly rule: string;
  readonly service: string;
  readonly priority: number;
  readonly middlewares?: readonly string[];
}

/** Traefik's dynamic configuration: where each slot's containers are, and who is sent to which. */
export function renderTraefikRouting(routing: EdgeRouting): string {
  const { basis, state } = routing;
  const mark = { headers: { customResponseHeaders: { "x-sluice-routing": markOf(state) } } };
  const tell = {
    entryPoints: [ENTRY_POINTS.status],
    rule: `Path("${ROUTING_PATH}")`,
    middlewares: ["ask-for-the-mark"],
    service: "api@internal",
  };
  const http = {
    routers: { ...userRouters(routing), "sluice-routing": tell },
    services: services(routing),
    middlewares: {
      // Traefik answers with no text of ours; but it tells its own configuration.
      "sluice-mark": mark,
      "ask-for-the-mark": { replacePath: { path: "/api/http/middlewares/sluice-mark@file" } },
      "ask-for-health": { replacePath: { path: basis.health.path } },
      ...(state.candidate === undefined
        ? {}
        : { "mark-candidate": { headers: { customResponseHeaders: { [SLOT_HEADER]: state.candidate } } } }),
    },
  };
  return stringify({ http }, { lineWidth: 0 });
}

function userRouters(routing: EdgeRouting) {
  const hosts = hostRule(routing.basis.hosts);
  const rules = { ...healthRules(), ...forcedRules(routing), ...groupRule(routing) };
  const routers = Object.entries(rules).map(([name, { rule, ...rest }]) => {
    return [name, { entryPoints: [ENTRY_POINTS.users], rule: all([hosts, rule]), ...rest }] as const;
  });
  const everyone = {
    entryPoints: [ENTRY_POINTS.users],
    rule: hosts,
    priority: PRIORITY.everyone,
    service: "everyone",
  };
  return { ...Object.fromEntries(routers), everyone };
}

function healthRules(): Record<string, Rule> {
  return Object.fromEntries(
    SLOTS.map((slot) => {
      const rule = `Path("/health/${slot}")`;
      const middlewares = ["ask-for-health"];
      return [
        `health-${slot}`,
        { rule, priority: PRIORITY.health, middlewares, service: forcedService(slot) },
      ] as const;
    }),
  );
}

/** Testers and segments have services of their own, so that their requests are counted apart. */
function forcedRules({ audience, state }: EdgeRouting): Record<string, Rule> {
  const { candidate, live } = state;
  if (candidate === undefined) return {};
  const testers = {
    rule: TESTERS,
    priority: PRIORITY.testers,
    middlewares: ["mark-candidate"],
    service: forcedService(candidate),
  };
  const segments = audience.segments.map((segment, i) => {
    const service = forcedService(segment.goesTo === "candidate" ? candidate : live);
    return [
      `segment-${segment.name}`,
      { rule: segmentRule(segment), priority: PRIORITY.segments - i, service },
    ] as const;
  });
  return { testers, ...Object.fromEntries(segments) };
}

/** Whether users are told apart by a header, and not drawn. */
function isGrouped({ split, state }: EdgeRouting): boolean {
  return split.by !== "random" && state.candidate !== undefined && state.weight < 100;
}

function groupRule({ basis, split, state }: EdgeRouting): Record<string, Rule> {
  const { candidate, weight } = state;
  // At 100 % everybody is meant, also those whose requests tell no group.
  if (split.by === "random" || candidate === undefined || weight === 0 || weight === 100) return {};
  const pattern = split.by === "bucket" ? bucketsBelow(weight) : split.values.map(escapePattern).join("|");
  const service = slotService(basis.app, candidate);
  return { group: { rule: headerMatches(split.header, pattern), priority: PRIORITY.group, service } };
}

function services(routing: EdgeRouting) {
  const { basis, state } = routing;
  const weights = isGrouped(routing) ? slotWeights({ ...state, weight: 0 }) : slotWeights(state);
  const shares = SLOTS.filter((slot) => weights[slot] > 0);
  return {
    everyone: {
      weighted: { services: shares.map((slot) => ({ name: slotService(basis.app, slot), weight: weights[slot] })) },
    },
    ...Object.fromEntries(
      SLOTS.flatMap((slot) => {
        const loadBalancer = balancer(basis, serversOf(basis, state, slot));
        return [
          [slotService(basis.app, slot), { loadBalancer }],
          [forcedService(slot), { loadBalancer }],
        ];
      }),
    ),
  };
}

function balancer({ health }: EdgeBasis, servers: readonly string[]) {
  const ms = (value: number) => `${value}ms`;
  const { interval, path, timeout } = health;
  return {
    servers: servers.map((server) => ({ url: `http://${server}` })),
    healthCheck: { path, interval: ms(interval), timeout: ms(timeout) },
  };
}

function forcedService(slot: Slot): string {
  return `forced-${slot}`;
}
