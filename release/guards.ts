import type { Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import type { Verdict } from "./decide.ts";
import { DeclaredWatch, type DeclaredState, type Versions } from "./declared-watch.ts";
import type { PodsRecord } from "./gate/pods.ts";
import { PodWatch } from "./pod-watch.ts";
import type { Ports } from "./ports.ts";

/** What the guards know of a release: plain values. */
export interface GuardsState {
  readonly declared: DeclaredState;
  readonly pods: PodsRecord;
}

/** What stands beside the evidence: the declared gates and the rule about pods. Each can only make a verdict stricter. */
export class Guards {
  readonly #declared: DeclaredWatch;
  readonly #pods: PodWatch;

  /** @param state what an earlier program knew of this release */
  constructor(config: DrivenConfig, candidate: Slot, versions: Versions, ports: Ports, state?: GuardsState) {
    this.#declared = new DeclaredWatch(config, candidate, versions, ports, state?.declared);
    this.#pods = new PodWatch(config.gate.pods, candidate, ports, state?.pods);
  }

  get state(): GuardsState {
    return { declared: this.#declared.state, pods: this.#pods.record };
  }

  /** Notes how the candidate's pods are before it gets traffic, and tells which gates there are. */
  open(): void {
    this.#declared.announce();
    this.#pods.look(0);
  }

  /**
   * What is against going on. Waits for nothing.
   *
   * @param observedSince when the weight was observed, ms since the epoch; `undefined` while it is not in force
   */
  look(weight: number, observedSince: number | undefined): readonly Verdict[] {
    return [...this.#pods.look(weight), ...this.#declared.look(weight, observedSince)];
  }
}
