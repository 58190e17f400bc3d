/** Names and bounds that the stack program, the release program and the policies must agree on. */

/** On the router's object: the release state's serial, raised by whoever changes the routing. */
export const SERIAL_ANNOTATION = "sluice.dev/serial";

/** On the router's object: the whole release state as JSON, so that the cluster can tell what it serves. */
export const STATE_ANNOTATION = "sluice.dev/release-state";

/** On pods and services: which slot they belong to. */
export const SLOT_LABEL = "sluice.dev/slot";

/** The one field manager of the router's object: Pulumi and the release program write it under the same name. */
export const FIELD_MANAGER = "sluice";

/** Requests with this header and the value "true" reach the candidate, whatever its weight. */
export const CANDIDATE_HEADER = "x-canary";
