import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { javaToolOptions } from "../../components/internal/java-options.ts";
import type { Jvm } from "../../config/jvm.ts";
import { parseMemory } from "../../config/quantity.ts";
import { workloadSchema } from "../../config/workload.ts";

const SIZES = "-XX:MaxMetaspaceSize=128m -XX:ReservedCodeCacheSize=80m -XX:MaxDirectMemorySize=32m";

type Input = Readonly<Record<string, unknown>>;
const jvmOf = (jvm: Input): Jvm => workloadSchema.parse({ jvm }).jvm;

describe("Java options", () => {
  const zgc = "-XX:+AlwaysPreTouch -XX:+UseStringDeduplication -XX:+ExitOnOutOfMemoryError";
  const profiles: readonly (readonly [Input, string])[] = [
    [
      { profile: "low-latency" },
      "-XX:+UseG1GC -XX:MaxGCPauseMillis=10 -XX:+AlwaysPreTouch -XX:+UseStringDeduplication -XX:+ExitOnOutOfMemoryError",
    ],
    [{ profile: "throughput" }, "-XX:+UseParallelGC -XX:+ExitOnOutOfMemoryError"],
    [{ profile: "zgc" }, `-XX:+UseZGC -XX:+ZGenerational ${zgc}`],
    [{ profile: "zgc", jdk: 22 }, `-XX:+UseZGC -XX:+ZGenerational ${zgc}`],
    [{ profile: "zgc", jdk: 23 }, `-XX:+UseZGC ${zgc}`],
    [{ profile: "zgc", jdk: 25 }, `-XX:+UseZGC ${zgc}`],
  ];
  for (const [jvm, expected] of profiles) {
    it(`for ${JSON.stringify(jvm)} bound every part, and name the collector`, () => {
      assert.equal(javaToolOptions(jvmOf(jvm), "1Gi"), `-Xms512m -Xmx512m -Xss512k ${SIZES} ${expected}`);
    });
  }

  const tunings: readonly (readonly [Input, string])[] = [
    [{ regionSize: "4Mi" }, "-XX:G1HeapRegionSize=4m"],
    [{ parallelReferenceProcessing: true }, "-XX:+ParallelRefProcEnabled"],
    [{ parallelReferenceProcessing: false }, "-XX:-ParallelRefProcEnabled"],
    [{ tieredCompilation: false }, "-XX:-TieredCompilation"],
    [{ largePages: "transparent" }, "-XX:+UseTransparentHugePages"],
    [{ largePages: "reserved" }, "-XX:+UseLargePages"],
    [{ guaranteedSafepointInterval: "0s" }, "-XX:+UnlockDiagnosticVMOptions -XX:GuaranteedSafepointInterval=0"],
    [{ guaranteedSafepointInterval: "5m" }, "-XX:+UnlockDiagnosticVMOptions -XX:GuaranteedSafepointInterval=300000"],
    [{ springAot: true }, "-Dspring.aot.enabled=true"],
    [{ options: ["-Dx=y", "-Xlog:gc"] }, "-Dx=y -Xlog:gc"],
  ];
  for (const [jvm, expected] of tunings) {
    it(`for ${JSON.stringify(jvm)} are the profile's and ${expected}`, () => {
      assert.equal(javaToolOptions(jvmOf(jvm), "1Gi"), `${javaToolOptions(jvmOf({}), "1Gi")} ${expected}`);
    });
  }

  it("cut the heap to whole MiB", () => {
    const jvm = jvmOf({ heapShare: 0.25, memory: { stack: "1300Ki", threads: 20 } });
    assert.match(javaToolOptions(jvm, "1000M"), /^-Xms238m -Xmx238m -Xss1300k /);
  });

  it("keep the JVM within the limit, whatever the stack says", () => {
    const mib = (min: number, max: number) => fc.integer({ min, max }).map((n) => `${n}Mi`);
    const memory = fc.record({
      metaspace: mib(16, 200),
      direct: mib(1, 100),
      threads: fc.integer({ min: 20, max: 400 }),
    });
    const profile = fc.constantFrom("low-latency", "zgc", "throughput");
    const share = fc.double({ min: 0.1, max: 0.8, noNaN: true });
    let accepted = 0;
    fc.assert(
      fc.property(memory, profile, share, mib(512, 4_096), (memory, profile, heapShare, limit) => {
        const limits = { cpu: "2", memory: limit };
        const parsed = workloadSchema.safeParse({ jvm: { memory, profile, heapShare }, resources: { limits } });
        if (!parsed.success) return;
        accepted += 1;
        const options = javaToolOptions(parsed.data.jvm, limit);
        const sizes = ["-Xmx", "MaxMetaspaceSize=", "ReservedCodeCacheSize=", "MaxDirectMemorySize="];
        const bounded = sizes.reduce((sum, name) => sum + sizeIn(options, name), 0);
        assert.equal(sizeIn(options, "-Xms"), sizeIn(options, "-Xmx"));
        assert.ok(bounded + memory.threads * sizeIn(options, "-Xss") <= parseMemory(limit));
      }),
    );
    assert.ok(accepted > 10, `only ${accepted} of 100 were accepted: the test says little`);
  });
});

/** What an option says, in bytes. */
function sizeIn(options: string, name: string): number {
  const [, amount, unit] = new RegExp(`${name}(\\d+)([km])\\b`).exec(options) ?? [];
  assert.ok(amount !== undefined, `${name} in ${options}`);
  return Number(amount) * (unit === "m" ? 2 ** 20 : 1_024);
}

describe("Java options, asked of this machine's JDK", () => {
  const jdk = Number(/version "(\d+)/.exec(spawnSync("java", ["-version"], { encoding: "utf8" }).stderr)?.[1]);

  /** What a JVM with these options has in force. It says nothing but its version: no warning, no unknown option. */
  function flagsOf(jvm: Input): (name: string) => string | undefined {
    const options = javaToolOptions(jvmOf({ jdk, heapShare: 0.125, ...jvm }), "1Gi");
    const { status, stderr, stdout } = spawnSync("java", ["-XX:+PrintFlagsFinal", "-version"], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, JAVA_TOOL_OPTIONS: options },
    });
    const [pickedUp, version] = stderr.split("\n");
    assert.deepEqual([status, pickedUp], [0, `Picked up JAVA_TOOL_OPTIONS: ${options}`]);
    assert.match(version ?? "", /version "/);
    return (name) => new RegExp(` ${name} += (\\S+)`).exec(stdout)?.[1];
  }

  it("is a JDK that some profile runs on", () => assert.ok(jdk >= 17, `java -version says ${jdk}`));

  const collectors = { "low-latency": "UseG1GC", throughput: "UseParallelGC", zgc: "UseZGC" };
  for (const [profile, collector] of Object.entries(collectors)) {
    const known = workloadSchema.safeParse({ jvm: { profile, jdk } }).success;
    it(known ? `takes profile ${profile}` : `does not know generational ZGC, as the schema says`, () => {
      if (known) {
        const flag = flagsOf({ profile });
        assert.equal(flag(collector), "true");
        assert.equal(flag("ExitOnOutOfMemoryError"), "true");
        assert.equal(flag("MaxHeapSize"), String(128 * 2 ** 20));
        assert.equal(flag("InitialHeapSize"), String(128 * 2 ** 20));
        assert.equal(flag("ThreadStackSize"), "512");
        assert.equal(flag("MaxMetaspaceSize"), String(128 * 2 ** 20));
        assert.equal(flag("ReservedCodeCacheSize"), String(80 * 2 ** 20));
        assert.equal(flag("MaxDirectMemorySize"), String(32 * 2 ** 20));
      } else {
        const { status, stderr } = spawnSync("java", ["-XX:+UseZGC", "-XX:+ZGenerational", "-version"], {
          encoding: "utf8",
        });
        assert.equal(status, 1);
        assert.match(stderr, /Unrecognized VM option 'ZGenerational'/);
      }
    });
  }

  it("takes what the low-latency profile asks of it", () => {
    const flag = flagsOf({});
    assert.equal(flag("MaxGCPauseMillis"), "10");
    assert.equal(flag("AlwaysPreTouch"), "true");
    assert.equal(flag("UseStringDeduplication"), "true");
  });

  it("takes every further setting", () => {
    const flag = flagsOf({
      regionSize: "4Mi",
      parallelReferenceProcessing: false,
      tieredCompilation: false,
      largePages: "transparent",
      guaranteedSafepointInterval: "5m",
      springAot: true,
      options: ["-Dx=y"],
    });
    assert.equal(flag("G1HeapRegionSize"), String(4 * 2 ** 20));
    assert.equal(flag("ParallelRefProcEnabled"), "false");
    assert.equal(flag("TieredCompilation"), "false");
    assert.equal(flag("GuaranteedSafepointInterval"), "300000");
  });
});
