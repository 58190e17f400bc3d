import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { RunStep } from "./toolchain/sources.ts";
import { copyLibraries } from "./libraries.ts";
import type { Jdk } from "./sample-jdk.ts";

/**
 * What the service and its libraries use, by jdeps, less what only optional features of theirs would need. Spring's
 * beans need java.desktop; jdk.jfr is for recordings by JAVA_TOOL_OPTIONS; jdk.crypto.ec for TLS to others.
 */
const modules = [
  "java.base",
  "java.desktop",
  "java.instrument",
  "java.logging",
  "java.management",
  "java.naming",
  "java.net.http",
  "java.security.jgss",
  "java.sql",
  "java.xml",
  "jdk.crypto.ec",
  "jdk.jfr",
  "jdk.management",
  "jdk.unsupported",
];

/** The user that the service runs as. */
export const sampleUser = 10001;

const files: Readonly<Record<string, string>> = {
  "etc/passwd": `root:x:0:0:root:/:/none\nsample:x:${sampleUser}:${sampleUser}:sample:/app:/none\n`,
  "etc/group": `root:x:0:\nsample:x:${sampleUser}:\n`,
  "etc/nsswitch.conf": "hosts: files dns\n",
};

/** Fills a root directory with a Java runtime and the libraries that it is linked with: no shell, no package manager. */
export async function buildRuntime(root: string, jdk: Jdk, runStep: RunStep): Promise<void> {
  for (const directory of ["app", "dev", "etc", "opt", "proc", "sys", "tmp"]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await chmod(join(root, "tmp"), 0o1777);
  for (const [path, content] of Object.entries(files)) await writeFile(join(root, path), content);
  const home = join(root, "opt", "java");
  const options = ["--strip-debug", "--no-man-pages", "--no-header-files"];
  await runStep(join(jdk.home, "bin", "jlink"), [...options, "--add-modules", modules.join(","), "--output", home]);
  const linked = [join(home, "bin", "java"), join(home, "lib", "libzip.so"), join(home, "lib", "server", "libjvm.so")];
  await copyLibraries(linked, root);
}
