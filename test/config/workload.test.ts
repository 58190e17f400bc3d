import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { parse } from "yaml";
import { explainMisfit, memoryOf } from "../../config/jvm-memory.ts";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import { parseMemory } from "../../config/quantity.ts";
import { workloadSchema } from "../../config/workload.ts";
import { STACK } from "../release/world.ts";

/** The problems of a stack with this workload. */
function problemsOf(workload: unknown, changes: Record<string, unknown> = {}): readonly string[] {
  try {
    parseStackConfig({ ...STACK, ...changes, workload }, "Pulumi.test.yaml");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

const withReplicas = (replicas: number) => ({
  release: { ...STACK.release, blue: { ...STACK.release.blue, replicas } },
});

describe("workload", () => {
  it("takes its defaults from the schema", () => {
    const { autoscaling, disruption, jvm, networkPolicy, serviceAccount, settings, spread } = workloadSchema.parse({});
    assert.deepEqual(jvm, {
      jdk: 21,
      profile: "low-latency",
      heapShare: 0.5,
      memory: { metaspace: "128Mi", codeCache: "80Mi", threads: 250, stack: "512Ki", direct: "32Mi", native: "32Mi" },
      tieredCompilation: true,
      largePages: "none",
      springAot: false,
      options: [],
    });
    assert.deepEqual(settings, { env: {}, files: {}, directory: "/etc/settings" });
    assert.deepEqual(serviceAccount, { token: false, annotations: {} });
    assert.deepEqual(disruption, { maxUnavailable: 1 });
    assert.deepEqual(spread, { hosts: true, zones: true });
    assert.deepEqual([autoscaling, networkPolicy], [undefined, undefined]);
    assert.equal(workloadSchema.parse({ autoscaling: { max: 4 } }).autoscaling?.targetCpuPercent, 70);
  });

  const faults: readonly (readonly [string, unknown, readonly string[]])[] = [
    [
      "a heap that leaves too little beside it",
      { jvm: { heapShare: 0.6 } },
      [
        "sluice:workload.jvm.memory: does not fit: heap 614 (0.6 of the limit) + metaspace 128 + code cache 80 + " +
          "stacks 125 (250 threads of 512Ki) + direct 32 + collector 64.6 + native 32 = 1075.6 MiB, above " +
          "workload.resources.limits.memory = 1024 MiB; raise the limit, or lower workload.jvm.heapShare or a part " +
          "under workload.jvm.memory",
      ],
    ],
    [
      "generational ZGC on an older JDK",
      { jvm: { profile: "zgc", jdk: 17 } },
      ['sluice:workload.jvm.profile: generational ZGC needs JDK 21 or newer, and workload.jvm.jdk is 17 (is "zgc")'],
    ],
    [
      "a JDK that is too old",
      { jvm: { jdk: 11 } },
      ["sluice:workload.jvm.jdk: Too small: expected number to be >=17 (is 11)"],
    ],
    [
      "G1's regions for another collector",
      { jvm: { profile: "throughput", regionSize: "4Mi" } },
      [
        'sluice:workload.jvm.regionSize: is for G1 (profile low-latency), and workload.jvm.profile is throughput (is "4Mi")',
      ],
    ],
    [
      "what ZGC does anyway",
      { jvm: { profile: "zgc", parallelReferenceProcessing: false } },
      [
        "sluice:workload.jvm.parallelReferenceProcessing: is not for ZGC, which handles references while the service runs (is false)",
      ],
    ],
    [
      "memory out of range, of broken KiB, and in no unit",
      { jvm: { memory: { stack: "64Ki", metaspace: "100M", direct: "1.5Mb" } } },
      [
        'sluice:workload.jvm.memory.metaspace: must be a multiple of 1Ki (is "100M")',
        'sluice:workload.jvm.memory.stack: must be from 256Ki to 16Mi (is "64Ki")',
        'sluice:workload.jvm.memory.direct: write memory as "512Mi" or "1Gi" (is "1.5Mb")',
      ],
    ],
    [
      "limits that are no quantities",
      { resources: { limits: { cpu: "two", memory: "1Gb" } } },
      [
        'sluice:workload.resources.limits.cpu: write CPU as "500m" or "2" (is "two")',
        'sluice:workload.resources.limits.memory: write memory as "512Mi" or "1Gi" (is "1Gb")',
      ],
    ],
    [
      "variables of the JVM",
      { env: { JAVA_TOOL_OPTIONS: "-Xmx2g" }, settings: { env: { JDK_JAVA_OPTIONS: "-Xmx2g" } } },
      [
        "sluice:workload.settings.env.JDK_JAVA_OPTIONS: is written by workload.jvm: put further options into workload.jvm.options",
        "sluice:workload.env.JAVA_TOOL_OPTIONS: is written by workload.jvm: put further options into workload.jvm.options",
      ],
    ],
    [
      "a setting that workload.env hides",
      { env: { MODE: "a" }, settings: { env: { MODE: "b" } } },
      ["sluice:workload.settings.env.MODE: is in workload.env too, which would win"],
    ],
    [
      "a file that is a variable too",
      { settings: { env: { mode: "b" }, files: { mode: "c" } } },
      ["sluice:workload.settings.files.mode: is a variable of settings.env too"],
    ],
    [
      "settings that fit into no ConfigMap",
      { settings: { files: { "a.yaml": "x".repeat(900_000) } } },
      ["sluice:workload.settings.files: are too large for a ConfigMap (1200008 of 900000 bytes)"],
    ],
    [
      "the scratch directory for files",
      { settings: { directory: "/tmp" } },
      ['sluice:workload.settings.directory: is the pod\'s scratch directory (is "/tmp")'],
    ],
    [
      "a network policy that lets nobody in",
      { networkPolicy: { namespaces: [] } },
      ["sluice:workload.networkPolicy.namespaces: Too small: expected array to have >=1 items"],
    ],
  ];
  for (const [what, workload, expected] of faults) {
    it(`refuses ${what}`, () => assert.deepEqual(problemsOf(workload), expected));
  }

  it("refuses an autoscaler below the replicas that are to stay", () => {
    assert.deepEqual(problemsOf({ autoscaling: { max: 3 } }, withReplicas(5)), [
      "sluice:workload.autoscaling.max: is below release.blue.replicas (5) (is 3)",
    ]);
    assert.deepEqual(problemsOf({ autoscaling: { max: 1 } }, withReplicas(1)), [
      "sluice:workload.autoscaling.max: is below strategy.replicas (2) (is 1)",
    ]);
    assert.deepEqual(problemsOf({ autoscaling: { max: 5 } }, withReplicas(5)), []);
  });

  const owned: Readonly<Record<string, string>> = {
    "-Xmx2g": "heapShare",
    "-Xms2g": "heapShare",
    "-XX:MaxRAMPercentage=75": "heapShare",
    "-XX:InitialHeapSize=1g": "heapShare",
    "-Xss1m": "memory.stack",
    "-XX:MaxMetaspaceSize=1g": "memory.metaspace",
    "-XX:ReservedCodeCacheSize=240m": "memory.codeCache",
    "-XX:MaxDirectMemorySize=1g": "memory.direct",
    "-XX:+UseSerialGC": "profile",
    "-XX:-ZGenerational": "profile",
    "-XX:G1HeapRegionSize=4m": "regionSize",
    "-XX:+ParallelRefProcEnabled": "parallelReferenceProcessing",
    "-XX:-TieredCompilation": "tieredCompilation",
    "-XX:+UseTransparentHugePages": "largePages",
    "-XX:GuaranteedSafepointInterval=0": "guaranteedSafepointInterval",
    "-Dspring.aot.enabled=true": "springAot",
  };
  for (const [option, field] of Object.entries(owned)) {
    it(`refuses the option ${option}, which has a field`, () => {
      assert.deepEqual(problemsOf({ jvm: { options: [option] } }), [
        `sluice:workload.jvm.options[0]: use workload.jvm.${field} (is "${option}")`,
      ]);
    });
  }

  it("lets other options pass", () => {
    const options = ["-Dx=y", "-Xmn64m", "-XX:+PrintFlagsFinal", "-XX:TieredStopAtLevel=1", "-XX:MaxGCPauseMillis=5"];
    assert.deepEqual(problemsOf({ jvm: { options } }), []);
  });
});

describe("memory of a JVM", () => {
  for (const profile of ["low-latency", "zgc", "throughput"]) {
    it(`fits into the default limit with profile ${profile}`, () =>
      assert.deepEqual(problemsOf({ jvm: { profile } }), []));
  }

  it("fits into the lab's limit", async () => {
    const overlay = parse(await readFile(path.resolve(import.meta.dirname, "../../lab/overlay.yaml"), "utf8")) as {
      all: Record<string, unknown>;
    };
    assert.deepEqual(problemsOf(overlay.all["sluice:workload"]), []);
  });

  it("is told to the byte", () => {
    const { jvm } = workloadSchema.parse({});
    assert.deepEqual(memoryOf(jvm, "1000M"), {
      heap: 476 * 2 ** 20,
      metaspace: 128 * 2 ** 20,
      codeCache: 80 * 2 ** 20,
      stacks: 125 * 2 ** 20,
      direct: 32 * 2 ** 20,
      collector: 40 * 2 ** 20 + 0.04 * 476 * 2 ** 20,
      native: 32 * 2 ** 20,
    });
  });

  it("that fits exactly is accepted, and one KiB more is not", () => {
    const { jvm } = workloadSchema.parse({ jvm: { profile: "throughput", heapShare: 0.4 } });
    const { heap, ...rest } = memoryOf(jvm, "1Gi");
    const free = parseMemory("1Gi") - heap - Object.values(rest).reduce((sum, bytes) => sum + bytes, 0);
    const native = parseMemory(jvm.memory.native) + free;
    const fitting = (bytes: number) => ({ ...jvm, memory: { ...jvm.memory, native: String(bytes) } });
    assert.equal(explainMisfit(fitting(Math.floor(native)), "1Gi"), undefined);
    assert.match(explainMisfit(fitting(Math.floor(native) + 1_024), "1Gi") ?? "", /= 1024\.1 MiB, above/);
  });

  it("is accepted if and only if the parts are within the limit", () => {
    const mib = (min: number, max: number) => fc.integer({ min, max }).map((n) => `${n}Mi`);
    const memory = fc.record({
      metaspace: mib(16, 300),
      codeCache: mib(8, 240),
      threads: fc.integer({ min: 20, max: 600 }),
      stack: fc.integer({ min: 256, max: 1_024 }).map((n) => `${n}Ki`),
      direct: mib(1, 200),
      native: mib(16, 100),
    });
    const profile = fc.constantFrom("low-latency" as const, "zgc" as const, "throughput" as const);
    const share = fc.double({ min: 0.1, max: 0.8, noNaN: true });
    let accepted = 0;
    fc.assert(
      fc.property(memory, profile, share, mib(512, 4_096), (memory, profile, heapShare, limit) => {
        const jvm = { memory, profile, heapShare } as const;
        const result = workloadSchema.safeParse({ jvm, resources: { limits: { cpu: "2", memory: limit } } });
        const fits = Object.values(memoryOf(jvm, limit)).reduce((sum, bytes) => sum + bytes, 0) <= parseMemory(limit);
        assert.equal(result.success, fits);
        if (fits) accepted += 1;
      }),
    );
    assert.ok(accepted > 10, `only ${accepted} of 100 were accepted: the test says little`);
  });
});
