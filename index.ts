import * as k8s from "@pulumi/kubernetes";
import { declareService } from "./components/declare-service.ts";
import { quickDeletes } from "./components/quick-deletes.ts";
import { shortenTraces } from "./components/short-traces.ts";
import { loadLastUpdate } from "./config/load-last-update.ts";
import { loadStackConfig } from "./config/load.ts";

shortenTraces();
const { secrets, stack } = loadStackConfig();
const last = await loadLastUpdate();

// Flags change in place, so that no pod ever finds them missing; what must not change is declared immutable.
const provider = new k8s.Provider("cluster", {
  enableServerSideApply: true,
  enableConfigMapMutable: true,
  enableSecretMutable: true,
  // The default of 5 requests a second would make a stack with many objects wait for itself.
  kubeClientSettings: { qps: 100, burst: 200 },
});

// The pods that are declared here satisfy it; so must whatever else runs in the namespace.
const restricted = Object.fromEntries(
  ["enforce", "warn", "audit"].map((mode) => [`pod-security.kubernetes.io/${mode}`, "restricted"]),
);
const metadata = { name: stack.app.namespace, labels: restricted };
const namespace = new k8s.core.v1.Namespace("namespace", { metadata }, { provider });

const service = declareService(
  stack,
  { provider, dependsOn: namespace, transformations: [quickDeletes] },
  secrets,
  last,
);

/** How the release program takes traffic back; see `config/outputs.ts`. */
export const routing = service.routing;
