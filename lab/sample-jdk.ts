import { access, readFile, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { LabError } from "./errors.ts";
import { findExecutable } from "./toolchain/locate.ts";

/** The machine's own Java, from which the sample's jar and its runtime are made. */
export interface Jdk {
  readonly home: string;
  /** Content of its `release` file: names the build exactly. */
  readonly release: string;
  readonly maven: string;
}

const oldestJava = 17;

/** Finds the JDK (JAVA_HOME, else by PATH) and Maven. Throws a LabError that lists everything that is missing. */
export async function findJdk(env: NodeJS.ProcessEnv = process.env): Promise<Jdk> {
  const onPath = (env.PATH ?? "").split(delimiter).filter((entry) => entry !== "");
  const problems: string[] = [];
  const jlink = env.JAVA_HOME ? join(env.JAVA_HOME, "bin", "jlink") : await findExecutable("jlink", onPath);
  const home =
    jlink &&
    (await realpath(jlink).then(
      (path) => dirname(dirname(path)),
      () => undefined,
    ));
  const release = home && (await readFile(join(home, "release"), "utf8").catch(() => undefined));
  if (!home || !release) {
    problems.push(`a JDK ${oldestJava} or newer with jlink (Debian: openjdk-17-jdk-headless), by JAVA_HOME or on PATH`);
  } else {
    const version = /^JAVA_VERSION="([^"]+)"/m.exec(release)?.[1] ?? "of an unknown version";
    if (!(Number.parseInt(version) >= oldestJava)) {
      problems.push(`a JDK ${oldestJava} or newer; the one in ${home} is ${version}`);
    }
    await access(join(home, "jmods")).catch(() =>
      problems.push(`the module files of the JDK: ${home}/jmods is not there`),
    );
  }
  const maven = await findExecutable("mvn", onPath);
  if (maven === undefined) problems.push("Maven 3.6.3 or newer (Debian: maven), on PATH");
  if (problems.length > 0 || !home || !release || !maven) {
    throw new LabError(`Building the sample service needs:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
  return { home, release, maven };
}
