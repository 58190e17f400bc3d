import type * as docker from "@pulumi/docker";
import type { Docker } from "../../config/docker.ts";

/**
 * What holds for every container: no rights, nothing to write but scratch, logs that do not fill the disk. It runs for as long as
 * it is declared: an engine that died takes `unless-stopped` containers for stopped by hand when it is back (moby issue
 * 41302), and would leave all of them down.
 */
export const CONFINED = {
  readOnly: true,
  tmpfs: { "/tmp": "rw,nosuid,nodev,mode=1777" },
  capabilities: { drops: ["ALL"] },
  securityOpts: ["no-new-privileges:true"],
  restart: "always",
  logDriver: "json-file",
  logOpts: { "max-size": "10m", "max-file": "3" },
} as const satisfies Partial<docker.ContainerArgs>;

/** Labels as the provider takes them, in an order of their own. */
export function labelList(labels: Readonly<Record<string, string>>): docker.types.input.ContainerLabel[] {
  return Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => ({ label, value }));
}

/** Environment variables as the provider takes them, in an order of their own. */
export function variableList(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted();
}

/** How the engine is reached, for resources of this project's own. */
export function addressOf({ host, tls }: Docker): Pick<Docker, "host" | "tls"> {
  return { ...(host === undefined ? {} : { host }), ...(tls === undefined ? {} : { tls }) };
}
