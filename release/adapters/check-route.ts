import type { AxiosResponse, CreateAxiosDefaults } from "axios";
import { z } from "zod";
import { CANDIDATE_HEADER, SLOT_HEADER } from "../../config/limits.ts";
import type { Slot } from "../../config/release-state.ts";
import { parseJson } from "./parse-json.ts";

/** By which way a check reaches the candidate. */
export interface CheckRoute {
  /** Where requests for the candidate in this slot go, and the headers that they need for it. */
  readonly connect: (slot: Slot) => Promise<CreateAxiosDefaults>;
  /** Who else than the candidate in this slot has answered; `undefined` when it was the candidate. */
  readonly findStray: (response: Pick<AxiosResponse<unknown>, "data" | "headers">, slot: Slot) => string | undefined;
}

/**
 * Through the edge, by the testers' route, which only the candidate answers. Until that route is in force the edge asks
 * stable, whose answers look the same: only those that carry the candidate's slot count.
 */
export function testersRoute(baseUrl: string, host: string): CheckRoute {
  return {
    connect: () => Promise.resolve({ baseURL: baseUrl, headers: { Host: host, [CANDIDATE_HEADER]: "true" } }),
    findStray({ headers }, slot) {
      const told: unknown = headers[SLOT_HEADER];
      if (told === slot) return undefined;
      return `the answer ${typeof told === "string" ? `says ${SLOT_HEADER}: ${told}` : `has no ${SLOT_HEADER}`}`;
    },
  };
}

/**
 * Through the API server to the Service of the preview, which has the candidate's pods and no others: for routers whose
 * testers' route marks no answer, or that have none. What the API server says itself, while it knows of no pod, is no answer.
 */
export function proxyRoute(connect: CheckRoute["connect"]): CheckRoute {
  return {
    connect,
    findStray({ data }) {
      const said = statusSchema.safeParse(typeof data === "string" ? parseJson(data) : data).data;
      return said === undefined ? undefined : `the API server says "${said.message}"`;
    },
  };
}

/** Straight to an address that only the slot has. */
export function addressRoute(addressOf: (slot: Slot) => string): CheckRoute {
  return { connect: (slot) => Promise.resolve({ baseURL: addressOf(slot) }), findStray: () => undefined };
}

const statusSchema = z.object({ kind: z.literal("Status"), apiVersion: z.literal("v1"), message: z.string() });
