/** The Pulumi program of `bench/components.ts` and `bench/policies.ts`: as many services as `SLUICE_BENCH_SERVICES` says, each like production. */
import { readFileSync } from "node:fs";
import path from "node:path";
import * as k8s from "@pulumi/kubernetes";
import { parse } from "yaml";
import { declareService } from "../components/declare-service.ts";
import { quickDeletes } from "../components/quick-deletes.ts";
import { shortenTraces } from "../components/short-traces.ts";
import { CLUSTER_REQUESTS } from "../config/limits.ts";
import { parseStackConfig } from "../config/parse.ts";

shortenTraces(0);

const FILE = path.resolve(import.meta.dirname, "../Pulumi.production.yaml");
const { config } = parse(readFileSync(FILE, "utf8")) as { config: Record<string, unknown> };
const values = Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("sluice:", ""), value]));

const provider = new k8s.Provider("cluster", {
  enableServerSideApply: true,
  kubeClientSettings: CLUSTER_REQUESTS,
});

for (let i = 1; i <= Number(process.env.SLUICE_BENCH_SERVICES ?? 1); i += 1) {
  const name = `service-${i}`;
  const namespace = new k8s.core.v1.Namespace(name, { metadata: { name: `bench-${name}` } }, { provider });
  const stack = parseStackConfig({ ...values, app: { name, namespace: `bench-${name}` } }, FILE);
  declareService(stack, { provider, dependsOn: namespace, transformations: [quickDeletes] });
}
