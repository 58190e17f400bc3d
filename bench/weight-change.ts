import * as k8s from "@pulumi/kubernetes";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { declareService } from "../components/declare-service.ts";
import { quickDeletes } from "../components/quick-deletes.ts";
import { parseStackConfig } from "../config/parse.ts";

const APP = { name: "checkout", namespace: "bench-weight" };

/** A canary without pods that are waited for: only its objects matter here. */
function programAt(weight: number, serial: number): () => Promise<void> {
  const slot = (version: string, replicas: number) => ({ version, image: `sluice-sample:${version}`, replicas });
  const stack = parseStackConfig(
    {
      app: APP,
      router: { kind: "istio", hosts: ["bench-weight.example.com"], gateways: ["istio-ingress/public"] },
      strategy: { kind: "canary" },
      workload: { jvm: { jdk: 17 } },
      checks: { baseUrl: "http://127.0.0.1", requests: [{ path: "/" }] },
      metrics: { prometheus: "http://127.0.0.1" },
      release: { live: "blue", candidate: "green", weight, serial, blue: slot("1.0.0", 1), green: slot("1.1.0", 1) },
    },
    "bench",
  );
  return () => {
    const provider = new k8s.Provider("cluster", { enableServerSideApply: true });
    const namespace = new k8s.core.v1.Namespace("namespace", { metadata: { name: APP.namespace } }, { provider });
    declareService(stack, { provider, dependsOn: namespace, transformations: [quickDeletes] });
    return Promise.resolve();
  };
}

/** How many resources an update writes that changes a weight and nothing else. */
export async function countWeightChange(): Promise<number> {
  const named = { stackName: "bench-weight", projectName: "sluice-bench-weight" };
  const stack = await LocalWorkspace.createOrSelectStack({ ...named, program: programAt(5, 1) });
  await stack.cancel().catch(() => undefined);
  try {
    await stack.up({ color: "never" });
    const { summary } = await stack.up({ color: "never", program: programAt(25, 2) });
    const { same = 0, ...changed } = summary.resourceChanges ?? {};
    return same === 0 ? 0 : Object.values(changed).reduce((sum, count) => sum + count, 0);
  } finally {
    await stack.destroy({ color: "never", remove: true });
  }
}
