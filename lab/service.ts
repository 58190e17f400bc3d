import path from "node:path";
import { connectCluster, type Cluster } from "../release/adapters/kubernetes.ts";
import { createKubernetesPods } from "../release/adapters/kubernetes-pods.ts";
import { readStackFile } from "../release/adapters/stack-file.ts";
import { partsOf } from "../release/adapters/switches/parts.ts";
import { createTrafficSwitch } from "../release/adapters/switches/traffic-switch.ts";
import type { Slot } from "../config/release-state.ts";
import type { StackConfig } from "../config/schema.ts";
import { setFaultsOfSlot, type Faults } from "./faults.ts";
import { createLabProject, deployStack, type LabProject } from "./project.ts";
import { ReleasedService, SERVICES } from "./released-service.ts";
import { command } from "./run-cli.ts";
import { urls } from "./settings.ts";

/** A service in the lab's cluster, with a namespace of its own. */
export class Service extends ReleasedService {
  readonly cluster: Cluster;
  readonly host: string;

  private constructor(project: LabProject, config: StackConfig, host: string) {
    const cluster = connectCluster();
    const pods = createKubernetesPods(cluster, config.app);
    super(project, config, createTrafficSwitch(cluster, partsOf(config.router, config.app), pods));
    this.cluster = cluster;
    this.host = host;
  }

  /** Deploys version 1.0.0 under the stack's name, with quick steps. */
  static async deploy(name: string, changes: Readonly<Record<string, unknown>> = {}): Promise<Service> {
    const host = `${name}.example.com`;
    const project = await createLabProject(path.join(SERVICES, name), name, {
      "sluice:app": { name: "checkout", namespace: name },
      "sluice:router": { hosts: [host] },
      "sluice:strategy": { weights: [5, 50, 100], bake: "4s", replicas: 1 },
      // A machine that is busy for a moment is slow for both versions, whatever is released: times have tests of their own.
      "sluice:gate": { minStepTime: "4s", maxStepTime: "8s", latency: "off" },
      "sluice:release": { blue: { replicas: 1 } },
      ...changes,
    });
    await deployStack(project.stack);
    return Service.open(project, host);
  }

  /** A service that is deployed already. */
  static async open(project: LabProject, host: string): Promise<Service> {
    return new Service(project, await readStackFile(project.stackFile), host);
  }

  /** Starts users' requests through the mesh's ingress, or another edge. */
  startTraffic(rps = 100, edge: string = urls.ingress, seconds = 1_500): Promise<void> {
    return this.sendRequests({ url: edge, host: this.host }, rps, seconds);
  }

  override async setFaults(slot: Slot, faults: Partial<Faults>): Promise<void> {
    await setFaultsOfSlot(this.config.app.namespace, this.config.app.name, slot, faults);
  }

  /** The managers that have written the object of the weights, but for what they wrote of its status. */
  async managers(): Promise<readonly string[]> {
    const [{ id }] = partsOf(this.config.router, this.config.app);
    const { kind, name, namespace } = id;
    const { stdout } = await command("kubectl", [
      "get",
      kind.toLowerCase(),
      name,
      "-n",
      namespace,
      "-o",
      "json",
      "--show-managed-fields",
    ]);
    const { metadata } = JSON.parse(stdout) as {
      metadata: { managedFields: { manager: string; operation: string; subresource?: string }[] };
    };
    const written = metadata.managedFields.filter(({ subresource }) => subresource === undefined);
    return written.map(({ manager, operation }) => `${manager} ${operation}`);
  }
}
