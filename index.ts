import * as docker from "@pulumi/docker";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { declareService } from "./components/declare-service.ts";
import { quickDeletes } from "./components/quick-deletes.ts";
import { shortenTraces } from "./components/short-traces.ts";
import type { Docker } from "./config/docker.ts";
import { CLUSTER_REQUESTS } from "./config/limits.ts";
import { loadLastUpdate } from "./config/load-last-update.ts";
import { loadStackConfig } from "./config/load.ts";
import { engineAddress } from "./engine/connect.ts";

shortenTraces();
const { secrets, stack } = loadStackConfig();
const last = await loadLastUpdate();

const place = stack.docker === undefined ? inCluster(stack.app.namespace) : onHost(stack.docker);
const service = declareService(stack, place, secrets, last);

/** How the release program takes traffic back; see `config/outputs.ts`. */
export const routing = service.routing;

function inCluster(namespace: string): pulumi.ComponentResourceOptions {
  // Flags change in place, so that no pod ever finds them missing; what must not change is declared immutable.
  const provider = new k8s.Provider("cluster", {
    enableServerSideApply: true,
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    kubeClientSettings: CLUSTER_REQUESTS,
  });
  // The pods that are declared here satisfy it; so must whatever else runs in the namespace.
  const restricted = Object.fromEntries(
    ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
  );
  const metadata = { name: namespace, labels: restricted };
  const dependsOn = new k8s.core.v1.Namespace("namespace", { metadata }, { provider });
  return { provider, dependsOn, transformations: [quickDeletes] };
}

function onHost(place: Docker): pulumi.ComponentResourceOptions {
  const { host, tls } = engineAddress(place, process.env);
  return { provider: new docker.Provider("host", { host, ...(tls === undefined ? {} : { certPath: tls }) }) };
}
