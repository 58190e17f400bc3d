import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../lab/errors.ts";
import { sampleEntrypoint } from "../../lab/sample-application.ts";
import { findJdk, type Jdk } from "../../lab/sample-jdk.ts";
import { sampleDirectory, sampleKey } from "../../lab/sample-key.ts";
import { sampleUser } from "../../lab/sample-runtime.ts";
import { sampleImage, sampleVersions } from "../../lab/sample-versions.ts";

describe("the sample's images", () => {
  const jdk: Jdk = { home: "/jdk", release: 'JAVA_VERSION="17.0.15"\n', maven: "/mvn" };
  let sources: string;

  beforeEach(async () => {
    sources = await mkdtemp(join(tmpdir(), "sluice-sample-"));
    await cp(join(sampleDirectory, "pom.xml"), join(sources, "pom.xml"));
    await cp(join(sampleDirectory, "src"), join(sources, "src"), { recursive: true });
  });
  afterEach(() => rm(sources, { recursive: true }));

  it("have a name that depends on contents only, not on where the sources are", async () => {
    assert.match(await sampleKey(jdk, sources), /^[0-9a-f]{16}$/);
    assert.equal(await sampleKey(jdk, sources), await sampleKey(jdk));
    assert.equal(await sampleKey({ ...jdk, home: "/other" }, sources), await sampleKey(jdk));
  });

  it("are made anew when the service, its build or the JDK changes, and not when only its tests do", async () => {
    const before = await sampleKey(jdk, sources);
    const append = async (file: string) => writeFile(join(sources, file), "\n", { flag: "a" });
    await writeFile(join(sources, "src/test/java/NewTest.java"), "");
    assert.equal(await sampleKey(jdk, sources), before);
    assert.notEqual(await sampleKey({ ...jdk, release: 'JAVA_VERSION="21.0.1"\n' }, sources), before);
    await append("src/main/resources/application.yaml");
    const second = await sampleKey(jdk, sources);
    assert.notEqual(second, before);
    await append("pom.xml");
    assert.notEqual(await sampleKey(jdk, sources), second);
  });

  it("are five, and differ in their faults only", () => {
    assert.deepEqual(
      sampleVersions.map(({ version, env }) => [sampleImage(version), env]),
      [
        ["sluice-sample:1.0.0", {}],
        ["sluice-sample:1.1.0", {}],
        ["sluice-sample:1.2.0", {}],
        ["sluice-sample:1.3.0", { SAMPLE_FAULT_ERROR_SHARE: "0.02" }],
        ["sluice-sample:1.4.0", { SAMPLE_FAULT_ERROR_SHARE: "0.5" }],
      ],
    );
  });

  it("start and run as the Dockerfile says", async () => {
    const dockerfile = await readFile(join(sampleDirectory, "Dockerfile"), "utf8");
    const entrypoint = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "") as string[];
    assert.deepEqual(entrypoint.slice(1), sampleEntrypoint.slice(1));
    assert.equal(/^USER (.*)$/m.exec(dockerfile)?.[1], `${sampleUser}:${sampleUser}`);
  });

  it("list everything that the machine lacks for them", async () => {
    await assert.rejects(
      findJdk({ PATH: "/nowhere" }),
      new LabError(
        "Building the sample service needs:\n" +
          "  a JDK 17 or newer with jlink (Debian: openjdk-17-jdk-headless), by JAVA_HOME or on PATH\n" +
          "  Maven 3.6.3 or newer (Debian: maven), on PATH",
      ),
    );
  });

  it("refuse a JDK that is too old", async () => {
    await writeFile(join(sources, "release"), 'JAVA_VERSION="11.0.2"\n');
    await cp(join(sources, "src"), join(sources, "jmods"), { recursive: true });
    await cp("/bin/true", join(sources, "bin", "jlink"));
    await cp("/bin/true", join(sources, "bin", "mvn"));
    await assert.rejects(
      findJdk({ JAVA_HOME: sources, PATH: join(sources, "bin") }),
      new LabError(`Building the sample service needs:\n  a JDK 17 or newer; the one in ${sources} is 11.0.2`),
    );
  });
});
