// Entry of the supervised process that keeps Prometheus' rules equal to the cluster's PrometheusRule objects.
// Arguments: path of promtool, file to touch for as long as all is well.
import { writeFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { CustomObjectsApi, KubeConfig, type KubernetesObject, makeInformer } from "@kubernetes/client-node";
import { messageOf } from "../errors.ts";
import { labPaths, urls } from "../settings.ts";
import type { PrometheusRule } from "./convert.ts";
import { createRuleSynchronizer, prometheusTarget } from "./sync.ts";

const [promtool = "promtool", heartbeat = "rules-sync.alive"] = process.argv.slice(2);
const group = "monitoring.coreos.com";
const version = "v1";
const plural = "prometheusrules";

const config = new KubeConfig();
config.loadFromDefault();
const api = config.makeApiClient(CustomObjectsApi);
const synchronize = createRuleSynchronizer(prometheusTarget(labPaths().rules, promtool, urls.prometheus));
const list = async () => (await api.listClusterCustomObject({ group, version, plural })) as RuleList;

interface RuleList {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: object;
  readonly items: (KubernetesObject & PrometheusRule)[];
}

// The watch says when to look; what counts is always a fresh list, so that no missed event can last.
let dirty = true;
const informer = makeInformer(config, `/apis/${group}/${version}/${plural}`, list);
for (const event of ["add", "update", "delete"] as const) informer.on(event, () => void (dirty = true));
informer.on("error", (error: unknown) => {
  console.log(`watch ended: ${messageOf(error)}`);
  setTimeout(() => void informer.start().catch(() => undefined), 1000);
});
await informer.start();

const relistMs = 10_000;
let listedAt = 0;
for (;;) {
  if (dirty || Date.now() - listedAt > relistMs) {
    dirty = false;
    try {
      await synchronize((await list()).items);
      listedAt = Date.now();
      await writeFile(heartbeat, "");
    } catch (error) {
      console.log(`not synchronized: ${messageOf(error)}`);
      dirty = true;
      await delay(1000);
    }
  }
  await delay(100);
}
