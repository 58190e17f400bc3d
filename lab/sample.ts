import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { LabError, messageOf } from "./errors.ts";
import { importImage } from "./images.ts";
import { withLock } from "./lock.ts";
import { formatSeconds, type Reporter } from "./reporter.ts";
import { lastLines, tryRun } from "./run.ts";
import { archiveClasses, buildApplication } from "./sample-application.ts";
import { assembleImages, sampleTime, type BuiltImage } from "./sample-image.ts";
import { findJdk, type Jdk } from "./sample-jdk.ts";
import { sampleKey } from "./sample-key.ts";
import { buildRuntime } from "./sample-runtime.ts";
import { labPaths, type LabPaths } from "./settings.ts";
import { installAtomically, isComplete } from "./toolchain/install.ts";
import { provideCommand } from "./toolchain/provide.ts";
import type { RunStep } from "./toolchain/sources.ts";

/** The sample's images as files. */
export interface SampleArchive {
  readonly archive: string;
  readonly images: readonly BuiltImage[];
  /** False where the sources were unchanged and nothing had to be done. */
  readonly built: boolean;
}

const archiveName = "sluice-sample.tar";
const listName = "images.json";

/**
 * Builds the images of all versions of the sample service unless its sources, the JDK and this recipe are as they were.
 * Only the newest build stays in the cache. Needs a JDK, Maven and root. Throws a LabError.
 */
export async function buildSample(reporter: Reporter, paths: LabPaths = labPaths()): Promise<SampleArchive> {
  const jdk = await findJdk();
  const key = await sampleKey(jdk);
  const parent = join(paths.cache, "sample");
  const target = join(parent, key);
  return withLock(join(paths.cache, "sample.lock"), "sample", async () => {
    const built = !(await isComplete(target, [archiveName, listName]));
    if (built) {
      if (process.getuid?.() !== 0)
        throw new LabError(
          "Building the sample's images needs root: it starts them once in a root directory of their own.",
        );
      const crane = await provideCommand("crane", paths, reporter);
      await withProgress(key, paths, reporter, (work) =>
        installAtomically(target, (directory) => build(directory, jdk, { crane, ...work })),
      );
      for (const other of await readdir(parent)) {
        if (other !== key) await rm(join(parent, other), { recursive: true, force: true });
      }
    }
    const images = JSON.parse(await readFile(join(target, listName), "utf8")) as BuiltImage[];
    return { archive: join(target, archiveName), images, built };
  });
}

/** Imports the images into the running lab; false where it has exactly these already. Throws a LabError. */
export async function importSample(sample: SampleArchive, paths: LabPaths = labPaths()): Promise<boolean> {
  const ctr = ["--address", paths.containerdSocket, "--namespace", "k8s.io"];
  const list = await tryRun(join(paths.bin, "ctr"), [...ctr, "images", "ls"], { timeoutMs: 20_000 });
  if (list === undefined)
    throw new LabError(
      "The lab does not run, so there is nothing to import the images into: `npm run lab -- up` first.",
    );
  const present = list.split("\n").map((line) => line.split(/\s+/));
  const missing = sample.images.filter(
    ({ name, digest }) => !present.some((row) => row[0] === name && row[2] === digest),
  );
  if (missing.length === 0) return false;
  await importImage(sample.archive);
  return true;
}

interface Work {
  readonly runStep: RunStep;
  readonly log: string;
  readonly step: (name: string) => void;
}

async function build(directory: string, jdk: Jdk, { crane, runStep, log, step }: Work & { readonly crane: string }) {
  const [root, scratch] = [join(directory, "root"), join(directory, "scratch")];
  step("compiling");
  await buildApplication(root, scratch, jdk, runStep);
  step("linking a Java runtime");
  await buildRuntime(root, jdk, runStep);
  step("starting it once, for the class archive");
  await runStep("find", [root, "-exec", "touch", "--no-dereference", `--date=@${sampleTime}`, "{}", "+"]);
  await archiveClasses(root, runStep, log);
  step("making images");
  const images = await assembleImages(root, scratch, join(directory, archiveName), { crane, runStep });
  await writeFile(join(directory, listName), JSON.stringify(images, undefined, 2));
  for (const path of [root, scratch]) await rm(path, { recursive: true, force: true });
}

/** Writes what the build's programs say to a log, shows a live line, and names the log where something fails. */
async function withProgress(key: string, paths: LabPaths, reporter: Reporter, perform: (work: Work) => Promise<void>) {
  await mkdir(paths.buildLogs, { recursive: true });
  const log = join(paths.buildLogs, `sample-${key}.log`);
  await writeFile(log, "");
  const startedAt = performance.now();
  const elapsed = () => formatSeconds(performance.now() - startedAt);
  let step = "";
  const timer = setInterval(() => reporter.live("sample", `  sample: ${step} · ${elapsed()} · log ${log}`), 500);
  const output = { file: log, append: true };
  const runStep: RunStep = async (program, args, options = {}) => {
    await appendFile(log, `$ ${[program, ...args].join(" ")}\n`);
    const end = await execa(program, args, {
      ...options,
      stdin: "ignore",
      stdout: output,
      stderr: output,
      reject: false,
    });
    if (!end.failed) return;
    throw new LabError(`\`${program} ${args[0] ?? ""}\` ended with ${end.exitCode ?? end.signal ?? "no exit code"}`);
  };
  reporter.line(`  building the sample's images, log ${log}`);
  try {
    await perform({ runStep, log, step: (name) => void (step = name) });
    reporter.line(`  the sample's images are ready after ${elapsed()}`);
  } catch (error) {
    const tail = lastLines(await readFile(log, "utf8"), 12);
    throw new LabError(`Building the sample failed while ${step}: ${messageOf(error)}\n  log: ${log}\n${tail}`);
  } finally {
    clearInterval(timer);
    reporter.done("sample");
  }
}
