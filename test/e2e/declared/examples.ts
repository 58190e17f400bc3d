import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import { declareService } from "../../../components/declare-service.ts";
import { quickDeletes } from "../../../components/quick-deletes.ts";
import { CLUSTER_REQUESTS } from "../../../config/limits.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import { withCandidate, withWeight, type ReleaseState } from "../../../config/release-state.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { WEB_IMAGE } from "../web-image.ts";

const EXAMPLES = path.resolve(import.meta.dirname, "../../../examples");

/** One file of `examples/`, made small enough that all of them fit on the lab at once. */
export interface Example {
  readonly name: string;
  readonly config: StackConfig;
}

export async function readExamples(): Promise<readonly Example[]> {
  // Those of a Docker host need one, and no cluster.
  const names = (await readdir(EXAMPLES)).filter((name) => !name.startsWith("docker-")).toSorted();
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(EXAMPLES, name, "Pulumi.example.yaml");
      const { config } = parse(await readFile(file, "utf8")) as { config: Record<string, unknown> };
      const values = Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace("sluice:", ""), value]),
      );
      return { name, config: parseStackConfig(shrink(name, values), file) };
    }),
  );
}

/** The lab's machine in place of a cluster: little pods of one image, one for each slot, and quick ends. */
function shrink(name: string, values: Record<string, unknown>): unknown {
  const { database, release, strategy, workload } = values as Record<string, Record<string, unknown> | undefined>;
  const small = (slot: unknown) =>
    slot === undefined ? {} : { ...slot, image: `${WEB_IMAGE}:${(slot as { version: string }).version}`, replicas: 1 };
  const job = (settings: unknown) =>
    ({ ...(settings as object), image: `${WEB_IMAGE}:1.0.0`, command: ["/bin/busybox", "true"] }) as const;
  return {
    ...values,
    app: { name, namespace: `example-${name}` },
    // Its image is built for a cluster with a registry.
    watchdog: undefined,
    workload: {
      ...workload,
      resources: { requests: { cpu: "1m", memory: "8Mi" }, limits: { cpu: "1", memory: "1Gi" } },
      drain: { preStop: "1s", shutdown: "1s", grace: "2s" },
      readyTimeout: "2m",
    },
    strategy: { ...strategy, replicas: 1 },
    release: {
      ...release,
      blue: small(release?.blue),
      ...(release?.green === undefined ? {} : { green: small(release.green) }),
    },
    ...(database === undefined
      ? {}
      : { database: Object.fromEntries(Object.entries(database).map(([key, value]) => [key, job(value)])) }),
  };
}

/** The states through which the examples are taken, by the name of the stage. */
export const STAGES = {
  first: (config: StackConfig): ReleaseState => config.release,
  /** A second version: beside the first, or in its place where the strategy has no candidate. */
  next: ({ release, strategy }: StackConfig): ReleaseState => {
    const next = { version: "1.2.0", image: `${WEB_IMAGE}:1.2.0`, replicas: 1 };
    if (strategy.kind === "rolling" || strategy.kind === "argo") return { ...release, blue: next, serial: 2 };
    if (release.candidate !== undefined) return release;
    return withCandidate(release, next);
  },
  /** Some of the traffic on it; all, where the router knows nothing else. */
  weighted: (config: StackConfig): ReleaseState => {
    const next = STAGES.next(config);
    if (next.candidate === undefined || config.strategy.kind === "experiment") return next;
    return withWeight(next, config.router.kind === "selector" ? 100 : 25);
  },
} as const;

/** A Pulumi program that uses the components as any other program would: all examples side by side. */
export function programOf(examples: readonly Example[], stage: keyof typeof STAGES): () => Promise<void> {
  return () => {
    const provider = new k8s.Provider("cluster", {
      enableServerSideApply: true,
      kubeClientSettings: CLUSTER_REQUESTS,
    });
    for (const { config, name } of examples) {
      const metadata = { name: config.app.namespace };
      const namespace = new k8s.core.v1.Namespace(name, { metadata }, { provider });
      declareService(
        { ...config, release: STAGES[stage](config) },
        { provider, dependsOn: namespace, transformations: [quickDeletes] },
      );
    }
    return Promise.resolve();
  };
}

/** Which resources an update changed, as `Kind name`, by the example that they belong to. */
export class Changes {
  readonly byExample = new Map<string, string[]>();
  readonly #names: readonly string[];

  constructor(examples: readonly Example[]) {
    this.#names = examples.map(({ name }) => name).toSorted((a, b) => b.length - a.length);
  }

  readonly note = ({ resourcePreEvent }: EngineEvent): void => {
    const metadata = resourcePreEvent?.metadata;
    if (metadata === undefined || ["same", "read"].includes(metadata.op)) return;
    const [, , type = "", resource = ""] = metadata.urn.split("::");
    if (type.startsWith("pulumi:")) return;
    const example = this.#names.find((name) => resource === name || resource.startsWith(`${name}-`)) ?? "";
    const noted = this.byExample.get(example) ?? [];
    noted.push(`${metadata.op} ${type.split(":").at(-1) ?? ""} ${resource}`);
    this.byExample.set(example, noted);
  };

  of(example: string): readonly string[] {
    return this.byExample.get(example) ?? [];
  }
}
