import { cp, mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "./errors.ts";
import type { RunStep } from "./toolchain/sources.ts";
import type { Jdk } from "./sample-jdk.ts";
import { sampleDirectory } from "./sample-key.ts";

/** How the service is started; the same as in its Dockerfile. */
export const sampleEntrypoint = [
  "/opt/java/bin/java",
  "-XX:SharedArchiveFile=/app/checkout.jsa",
  "-Dspring.aot.enabled=true",
  "-jar",
  "/app/checkout.jar",
] as const;

/** Builds the jar in a copy of the sources and puts it into the root's `/app`, its dependencies beside it. */
export async function buildApplication(root: string, scratch: string, jdk: Jdk, runStep: RunStep): Promise<void> {
  const sources = join(scratch, "sources");
  await mkdir(sources, { recursive: true });
  for (const part of ["pom.xml", "src"]) {
    await cp(join(sampleDirectory, part), join(sources, part), { recursive: true });
  }
  const env = { JAVA_HOME: jdk.home };
  await runStep(jdk.maven, ["--batch-mode", "--no-transfer-progress", "package", "-DskipTests"], { cwd: sources, env });
  const layers = join(scratch, "layers");
  const jar = join(sources, "target", "checkout.jar");
  const extract = ["-Djarmode=tools", "-jar", jar, "extract", "--layers", "--destination", layers];
  await runStep(join(jdk.home, "bin", "java"), extract);
  for (const layer of await readdir(layers)) {
    await cp(join(layers, layer), join(root, "app"), { recursive: true, preserveTimestamps: true });
  }
}

/**
 * Stores the classes as the JVM wants them in memory, the JDK's and the application's. A JVM ignores such a file unless
 * it sees the same runtime and jars at the same paths with the same times: so this runs in the root, after the times
 * were set. The mounts are the child's own and end with it.
 */
export async function archiveClasses(root: string, runStep: RunStep, log: string): Promise<void> {
  const [java, , ...rest] = sampleEntrypoint;
  const training = [
    "-Xlog:cds=error",
    "-XX:ArchiveClassesAtExit=/app/checkout.jsa",
    "-Dspring.context.exit=onRefresh",
    ...rest,
  ];
  const inRoot = async (args: readonly string[]) => {
    const script = 'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && exec chroot "$@"';
    const enter = ["--mount", "--propagation", "private", "sh", "-c", script, "sh", root];
    await runStep("unshare", [...enter, java, ...args], { env: { JAVA_TOOL_OPTIONS: "", LC_ALL: "C" } });
  };
  await inRoot(["-XX:+UseG1GC", "-Xshare:dump"]);
  await inRoot(["-XX:+UseG1GC", ...training]);
  if (!(await readdir(join(root, "app"))).includes("checkout.jsa")) {
    throw new LabError(
      `The trial start of the service left no class archive:\n${(await readFile(log, "utf8")).slice(-2000)}`,
    );
  }
}
