import { z } from "zod";
import type { App } from "../../config/app.ts";
import { leaseName, releaseLabels } from "../../config/limits.ts";
import type { Holding, Lease } from "../ports.ts";
import type { Cluster } from "./kubernetes.ts";

const leaseSchema = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  spec: z
    .looseObject({
      holderIdentity: z.string().default(""),
      leaseDurationSeconds: z.number().default(0),
      renewTime: z.coerce.date().optional(),
      leaseTransitions: z.number().default(0),
    })
    .prefault({}),
});

/** A Lease of the API server, as its own controllers use them: whoever writes must have seen the last writing. */
export function createKubernetesLease(
  cluster: Cluster,
  { name: app, namespace }: Pick<App, "name" | "namespace">,
  durationMs: number,
): Lease {
  const id = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name: leaseName(app) };
  const write = async (holder: string, seconds: number, seen: Holding | undefined): Promise<Holding | undefined> => {
    const now = new Date().toISOString().replace("Z", "000Z");
    const metadata = { name: id.name, namespace, labels: releaseLabels(app), ...version(seen) };
    const spec = { holderIdentity: holder, leaseDurationSeconds: seconds, renewTime: now };
    const object = { apiVersion: id.apiVersion, kind: id.kind, metadata, spec };
    const written = await (seen === undefined ? cluster.create(object) : cluster.replace(object));
    return written === undefined ? undefined : toHolding(leaseSchema.parse(written));
  };
  return {
    async read() {
      const found = await cluster.find(id, leaseSchema);
      return found === undefined ? undefined : toHolding(found);
    },
    take: (holder, seen) => write(holder, Math.ceil(durationMs / 1_000), seen),
    async giveUp(holding) {
      await write("", 1, holding);
    },
  };
}

function version(seen: Holding | undefined) {
  return seen === undefined ? {} : { resourceVersion: seen.revision };
}

function toHolding({ metadata, spec }: z.infer<typeof leaseSchema>): Holding {
  return {
    holder: spec.holderIdentity,
    durationMs: spec.leaseDurationSeconds * 1_000,
    renewedAt: spec.renewTime?.getTime() ?? 0,
    revision: metadata.resourceVersion,
  };
}
