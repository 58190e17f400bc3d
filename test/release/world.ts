import type { RoutingHandle } from "../../config/outputs.ts";
import { parseStackConfig } from "../../config/parse.ts";
import { rolledBack, slotWeights, switched, type ReleaseState, type Slot } from "../../config/release-state.ts";
import { isDrivenConfig, type DrivenConfig } from "../../config/schema.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { abortRelease, driveRelease, resumeRelease } from "../../release/drive.ts";
import type { PodHealth } from "../../release/gate/pods.ts";
import type { Driver } from "../../release/heartbeat.ts";
import { planRelease } from "../../release/plan.ts";
import type {
  ApprovalAnswer,
  ApprovalRequest,
  Approvals,
  CheckResult,
  FailedJob,
  HealthResult,
  MetricValue,
  PodsStatus,
  Ports,
} from "../../release/ports.ts";
import type { Ending } from "../../release/record.ts";
import { watch, type Watched } from "../../release/watchdog.ts";
import { makeMortal, type KillAt } from "./mortal.ts";
import { MemoryJournal, MemoryLease } from "./memory.ts";
import { answerBefore, TrafficModel, type TrafficOptions } from "./traffic-model.ts";
import { VirtualClock } from "./virtual-clock.ts";

export const STACK = {
  app: { name: "checkout", namespace: "shop" },
  router: { kind: "istio", hosts: ["checkout.example.com"], gateways: ["istio-ingress/public"] },
  strategy: { kind: "canary", weights: [5, 25, 50, 100], replicas: 2, bake: "30s", guard: "off" },
  gate: { minStepTime: "15s", maxStepTime: "3m" },
  checks: { baseUrl: "http://127.0.0.1:8080", requests: [{ path: "/api/quote", times: 5 }] },
  metrics: { prometheus: "http://127.0.0.1:9090", scrapeInterval: "2s" },
  release: { live: "blue", serial: 1, blue: { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 } },
};

export function stackConfig(changes: Record<string, unknown> = {}): DrivenConfig {
  const config = parseStackConfig({ ...STACK, ...changes }, "test");
  if (!isDrivenConfig(config)) throw new Error(`not driven: ${config.strategy.kind}`);
  return config;
}

const HEALTHY: readonly PodHealth[] = ["a", "b"].map((uid) => ({ uid, ready: true, ends: 0, oomKilled: false }));

/** What a test may change about the world, also while the release runs. */
export interface WorldOptions extends TrafficOptions {
  readonly config?: DrivenConfig;
  readonly pods?: (slot: Slot) => PodsStatus;
  /** What Prometheus answers to a declared query at a time (ms since the start). */
  readonly ask?: (query: string, elapsedMs: number) => readonly number[] | Promise<readonly number[]>;
  /** How the candidate's pods are at a time (ms since the start). */
  readonly podHealth?: (elapsedMs: number) => readonly PodHealth[] | Promise<readonly PodHealth[]>;
  /** The Jobs that have failed at a time (ms since the start). */
  readonly failedJobs?: (elapsedMs: number, version: string) => readonly FailedJob[];
  readonly check?: CheckResult;
  readonly health?: HealthResult;
  /** What people answer at a time (ms since the start). */
  readonly answer?: (elapsedMs: number, request: ApprovalRequest) => ApprovalAnswer | undefined;
  readonly approvals?: Partial<Approvals>;
  /** ms since the epoch. */
  readonly startAt?: number;
  /** Runs before an update takes effect; may throw. */
  readonly beforeUp?: (state: ReleaseState, ups: number) => void | Promise<void>;
  readonly beforeTakeBack?: (tries: number, handle?: RoutingHandle) => void;
  readonly beforeRead?: (elapsedMs: number) => void;
  readonly upTakesMs?: number;
  /** Runs at each event, for example to interrupt. */
  readonly onEvent?: (event: ReleaseEvent, world: World) => void;
}

/** A cluster, a mesh with traffic and a Prometheus, as numbers on a virtual clock. Requests are spread evenly: no chance. */
export class World {
  readonly clock: VirtualClock;
  /** What was asked and closed, in order. */
  readonly asked: string[] = [];
  readonly events: ReleaseEvent[] = [];
  /** What the watchdog says of itself. */
  readonly log: string[] = [];
  readonly interruption = new AbortController();
  readonly saved: ReleaseState[] = [];
  readonly config: DrivenConfig;
  inForce: ReleaseState;
  /** How often the stack's locks were removed. */
  unlocks = 0;
  readonly journal = new MemoryJournal();
  readonly lease: MemoryLease;
  readonly #options: WorldOptions;
  /** When its clock began, ms. */
  readonly startedAt: number;
  readonly #traffic: TrafficModel;
  #ups = 0;
  #takeBacks = 0;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.clock = new VirtualClock(options.startAt);
    this.lease = new MemoryLease(this.clock);
    this.config = options.config ?? stackConfig();
    this.inForce = this.config.release;
    this.startedAt = this.clock.now();
    this.#traffic = new TrafficModel(options, this.config, this.startedAt);
  }

  get types(): readonly string[] {
    return this.events.map(({ type }) => type);
  }

  async release(version = "1.1.0"): Promise<number> {
    const plan = planRelease(this.config, { version, image: `checkout:${version}` });
    const { exitCode } = await driveRelease(plan, this.config, this.ports, this.#driver("releaser"));
    return exitCode;
  }

  /** The same, until the program is killed: then none of its calls returns any more, and what it began goes on. */
  async releaseUntilKilled(isTheEnd: KillAt, version = "1.1.0"): Promise<void> {
    const plan = planRelease(this.config, { version, image: `checkout:${version}` });
    const { dead, ports } = makeMortal(this.ports, isTheEnd);
    await Promise.race([dead, driveRelease(plan, this.config, ports, this.#driver("releaser"))]);
  }

  async resume(): Promise<Ending> {
    return resumeRelease(this.config, this.ports, this.#driver("resumer"));
  }

  async abort(): Promise<Ending | undefined> {
    return abortRelease(this.config, this.ports, this.#driver("operator"));
  }

  watched(): Watched {
    const ports = this.ports;
    return { ...ports, trafficOf: () => ports.traffic, log: (text) => this.log.push(text) };
  }

  watch(signal: AbortSignal): Promise<void> {
    return watch(this.watched(), "watchdog", signal);
  }

  #driver(name: string): Driver {
    return { name, stack: "test", signal: this.interruption.signal };
  }

  get ports(): Ports {
    const { answer, approvals, check, failedJobs, health, pods } = this.#options;
    return {
      clock: this.clock,
      metrics: {
        readCounters: (_selector, since) => {
          this.#options.beforeRead?.(this.#elapsed());
          this.#traffic.runUntil(this.clock.now(), this.inForce);
          return Promise.resolve(this.#traffic.readCounters(since));
        },
        ask: (query) => this.#ask(query),
      },
      stack: {
        save: (state) => {
          this.saved.push(state);
          return Promise.resolve();
        },
        up: (signal) => this.#up(signal),
        unlock: () => Promise.resolve(void (this.unlocks += 1)),
        readHandle: () => Promise.resolve(this.#handle()),
      },
      traffic: {
        read: () =>
          new Promise((resolve) => {
            this.#options.beforeRead?.(this.#elapsed());
            const { serial } = this.inForce;
            resolve({ serial, weights: slotWeights(this.inForce), state: this.inForce });
          }),
        switchTo: (slot, aboveSerial) => {
          this.#takeBacks += 1;
          this.#traffic.runUntil(this.clock.now(), this.inForce);
          this.#options.beforeTakeBack?.(this.#takeBacks);
          if (this.inForce.live === slot && this.inForce.candidate === undefined) return Promise.resolve(this.inForce);
          const serial = Math.max(aboveSerial, this.inForce.serial) + 1;
          const next = this.inForce.live === slot ? rolledBack(this.inForce) : switched(this.inForce);
          this.inForce = { ...next, serial };
          return Promise.resolve(this.inForce);
        },
        takeBack: (handle, aboveSerial) => {
          this.#takeBacks += 1;
          this.#traffic.runUntil(this.clock.now(), this.inForce);
          this.#options.beforeTakeBack?.(this.#takeBacks, handle);
          this.inForce = { ...rolledBack(this.inForce), serial: Math.max(aboveSerial, this.inForce.serial) + 1 };
          return Promise.resolve(this.inForce);
        },
      },
      pods: {
        inspect: (slot) => Promise.resolve(pods?.(slot) ?? { ready: 2, wanted: 2 }),
        readHealth: async () => (await this.#options.podHealth?.(this.#elapsed())) ?? HEALTHY,
      },
      jobs: { findFailed: (version) => Promise.resolve(failedJobs?.(this.#elapsed(), version) ?? []) },
      journal: this.journal.open(),
      lease: this.lease,
      checker: {
        run: () => Promise.resolve(check ?? { ok: true, passed: 5 }),
        warmUp: (_checks, { requests }) => Promise.resolve({ sent: requests, failed: 0 }),
        poll: () => Promise.resolve(health ?? { ok: true, tookMs: 0 }),
      },
      approvals: {
        ask: (request) => {
          this.asked.push(`ask ${request.id}`);
          return Promise.resolve(request);
        },
        find: (request) => Promise.resolve(answer?.(this.#elapsed(), request)),
        close: (request, { by }) => {
          this.asked.push(`close ${request.id}: ${by}`);
          return Promise.resolve();
        },
        ...approvals,
      },
      reporter: {
        report: (event) => {
          this.events.push(event);
          this.#options.onEvent?.(event, this);
        },
        close: () => undefined,
      },
    };
  }

  async #up(signal?: AbortSignal): Promise<void> {
    this.#ups += 1;
    const state = this.saved.at(-1) ?? this.inForce;
    await this.#options.beforeUp?.(state, this.#ups);
    await this.clock.sleep(this.#options.upTakesMs ?? 2_000, signal);
    if (signal?.aborted === true) throw new Error("pulumi up of test failed: cancelled");
    this.#traffic.runUntil(this.clock.now(), this.inForce);
    this.inForce = state;
  }

  /** The hour before, or what the test says of a declared query. */
  async #ask(query: string): Promise<readonly MetricValue[]> {
    if (query === "time()") return [{ labels: {}, value: this.clock.now() / 1_000 }];
    if (query.includes("[1h]")) return answerBefore(query, { ...this.config, release: this.inForce });
    const values = (await this.#options.ask?.(query, this.#elapsed())) ?? [0];
    return values.map((value) => ({ labels: {}, value }));
  }

  #handle(): RoutingHandle {
    return {
      kind: "istio",
      fieldManager: "sluice",
      live: this.inForce.live,
      back: { apiVersion: "v1", kind: "Routes", metadata: { name: "checkout", namespace: "shop", annotations: {} } },
    };
  }

  #elapsed(): number {
    return this.clock.now() - this.startedAt;
  }
}

/** Whether an event is a step of the release; the others are what was measured at each look. */
export function isTold({ type }: ReleaseEvent): boolean {
  return !["sampled", "gates", "measured", "gate-opened", "gate-looked"].includes(type);
}
