import * as k8s from "@pulumi/kubernetes";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { VirtualService } from "../components/crds/istio.ts";
import { declareService } from "../components/declare-service.ts";
import { quickDeletes } from "../components/quick-deletes.ts";
import { parseStackConfig } from "../config/parse.ts";
import { serviceHost, serviceNames } from "../config/names.ts";
import { startLoad } from "../lab/load.ts";
import { urls } from "../lab/settings.ts";
import { waitFor } from "../lab/wait.ts";
import { seeSwitch, type SwitchSeen } from "./overlap.ts";

const APP = { name: "checkout", namespace: "bench-switch" };
const RPS = 200;

/** The switch begins when a young JVM has answered every request of so long within so much: queues are not what is measured. */
const WARM_S = 5;
const QUICK_MS = 250;

export interface SwitchResult extends SwitchSeen {
  readonly requests: number;
}

/** Both colours behind a Service whose selector is the switch; the edge sends everything to that Service. */
function programAt(weight: number, serial: number): () => Promise<void> {
  const slot = (version: string) => ({ version, image: `sluice-sample:${version}`, replicas: 2 });
  const release = { live: "blue", candidate: "green", weight, serial, blue: slot("1.0.0"), green: slot("1.1.0") };
  const stack = parseStackConfig(
    {
      app: APP,
      router: { kind: "selector" },
      strategy: { kind: "blueGreen", replicas: 2 },
      workload: {
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } },
        jvm: { jdk: 17, heapShare: 0.2 },
      },
      checks: { baseUrl: urls.ingress, requests: [{ path: "/api/quote" }] },
      metrics: { prometheus: urls.prometheus },
      release,
    },
    "bench",
  );
  return () => {
    const provider = new k8s.Provider("cluster", { enableServerSideApply: true });
    const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: APP.namespace } }, { provider });
    declareService(stack, { provider, dependsOn: namespace, transformations: [quickDeletes] });
    const destination = {
      host: serviceHost(stack.app, serviceNames.live(stack.app)),
      port: { number: stack.app.port },
    };
    const spec = {
      hosts: [`${APP.namespace}.example.com`],
      gateways: ["istio-ingress/public"],
      http: [{ route: [{ destination }] }],
    };
    const metadata = { name: "edge", namespace: APP.namespace };
    new VirtualService("edge", { metadata, spec }, { provider, dependsOn: namespace });
    return Promise.resolve();
  };
}

/** Switches from blue to green under load by `pulumi up`, and looks at every answer. */
export async function measureSwitch(out: string): Promise<SwitchResult> {
  const named = { stackName: "bench-switch", projectName: "sluice-bench-switch" };
  const stack = await LocalWorkspace.createOrSelectStack({ ...named, program: programAt(0, 1) });
  await stack.cancel().catch(() => undefined);
  try {
    await stack.up({ color: "never" });
    const host = `${APP.namespace}.example.com`;
    const load = startLoad({ url: `${urls.ingress}/api/quote`, host, rps: RPS, seconds: 180, out });
    const seen = (version: string) => () =>
      Promise.resolve(load.answers().some((answer) => answer.version === version));
    const warm = () => {
      const recent = load.answers().slice(-WARM_S * RPS);
      return Promise.resolve(recent.length === WARM_S * RPS && recent.every(({ durationMs }) => durationMs < QUICK_MS));
    };
    const recent = (version: string) => () =>
      Promise.resolve(
        load
          .answers()
          .slice(-2 * RPS)
          .every((answer) => answer.version === version),
      );
    await waitFor(seen("1.0.0"), { timeoutMs: 30_000 });
    await waitFor(warm, { timeoutMs: 60_000 });
    const from = Date.now();
    await stack.up({ color: "never", program: programAt(100, 2) });
    await waitFor(recent("1.1.0"), { timeoutMs: 30_000 });
    await load.stop();
    const answers = load.answers().filter(({ startMs }) => startMs >= from);
    return { requests: answers.length, ...seeSwitch(answers, "1.0.0", "1.1.0") };
  } finally {
    await stack.destroy({ color: "never", remove: true });
  }
}
