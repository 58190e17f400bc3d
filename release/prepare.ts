import { nameCheck } from "../config/checks.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { AbortRelease, FaultyVersion, UserError } from "./errors.ts";
import type { FailedJob } from "./ports.ts";
import { patiently, throwIfInterrupted, waitUntil } from "./stack-mover.ts";
import type { Run } from "./run.ts";

/** What Pulumi may need to deploy, beside the time that the pods take to become ready. */
const PULUMI_MS = 60_000;

/**
 * Starts the candidate at weight 0 and waits until all of its pods are ready.
 *
 * @throws UserError when nothing could be begun: the stack file is as it was
 * @throws AbortRelease when the version cannot start
 */
export async function deploy(run: Run): Promise<void> {
  const { config, mover, plan, ports, signal, slot, state } = run;
  const { clock, pods, reporter } = ports;
  const { version } = plan.candidate;
  const began = clock.now();
  reporter.report({ type: "deploying", at: began, slot, version });
  const within = databaseTime(config) + config.workload.readyTimeout + PULUMI_MS;
  const findFailedJob = await watchJobs(run, version);
  const look = patiently(clock, async () => {
    const failed = await findFailedJob();
    if (failed !== undefined) throw failed;
    const { problem, ready, wanted } = await pods.inspect(slot);
    if (problem !== undefined) throw new AbortRelease(`version ${version} cannot start: ${problem}`);
    return wanted > 0 && ready === wanted;
  });
  try {
    await mover.moveTo(state, within, look);
  } catch (error) {
    if (error instanceof UserError || error instanceof AbortRelease) throw error;
    // Pulumi may be the first to see that a Job has failed, but it cannot tell why.
    throw (await findFailedJob().catch(() => undefined)) ?? error;
  }
  await waitUntil({ clock, signal }, config.workload.readyTimeout, `the pods of ${version} to be ready`, look);
  reporter.report({ type: "ready", at: clock.now(), slot, version, tookMs: clock.now() - began });
}

/** How long the Jobs before the candidate's pods may take. */
function databaseTime({ database }: DrivenConfig): number {
  return (database?.backup?.timeout ?? 0) + (database?.expand?.timeout ?? 0);
}

/** Looks after the Jobs of a version; those that an earlier release of it left failed are none of them. */
async function watchJobs({ config: { database }, ports: { jobs } }: Run, version: string) {
  if (database === undefined) return () => Promise.resolve(undefined);
  const left = new Set((await jobs.findFailed(version)).map(({ uid }) => uid));
  return async (): Promise<AbortRelease | undefined> => {
    const failed = (await jobs.findFailed(version)).find(({ uid }) => !left.has(uid));
    return failed === undefined ? undefined : new AbortRelease(`version ${version} cannot start: ${describe(failed)}`);
  };
}

function describe({ log, name, reason }: FailedJob): string {
  const told = log.length === 0 ? "it left no log" : `its log ends with:\n${log.map((line) => `  ${line}`).join("\n")}`;
  return `Job ${name} failed (${reason}); ${told}`;
}

/**
 * Sends the declared requests to the candidate, before any user's request can reach it.
 *
 * @throws AbortRelease that lists the requests which did not pass
 */
export async function check(run: Run): Promise<void> {
  const { config, ports, signal, slot } = run;
  await awaitHealth(run);
  const failures: string[] = [];
  for (const request of config.checks.requests) {
    throwIfInterrupted(signal);
    const { ok, passed, problem } = await ports.checker.run(request, slot, signal);
    const name = nameCheck(request);
    const told = problem === undefined ? {} : { problem };
    ports.reporter.report({
      type: "checked",
      at: ports.clock.now(),
      request: name,
      ok,
      passed,
      sent: request.times,
      ...told,
    });
    if (!ok)
      failures.push(`${name} failed ${request.times - passed} of ${request.times} times (${problem ?? "no answer"})`);
  }
  throwIfInterrupted(signal);
  if (failures.length > 0) throw new FaultyVersion(`checks before any traffic: ${failures.join("; ")}`);
}

/** Waits until the candidate says that it is well. */
async function awaitHealth({ config, ports, signal, slot }: Run): Promise<void> {
  const { health } = config.checks;
  if (health === undefined) return;
  const { ok, problem } = await ports.checker.poll(health, slot, signal);
  throwIfInterrupted(signal);
  const request = `health (GET ${health.path})`;
  const told = problem === undefined ? {} : { problem };
  const at = ports.clock.now();
  ports.reporter.report({ type: "checked", at, request, ok, passed: ok ? 1 : 0, sent: 1, ...told });
  if (!ok) throw new FaultyVersion(`checks before any traffic: ${request} ${problem ?? "gave no answer"}`);
}

/** What only reads may be sent as often as one likes. */
const READING = ["GET", "HEAD"];

/**
 * Sends the candidate the declared requests again and again, so that its code is compiled and its pools are full before
 * its first user. How many failed is told; the checks and the gate judge.
 */
export async function warmUp({ config, plan, ports, signal, slot }: Run): Promise<void> {
  const { requests, warmup } = config.checks;
  const { clock, checker, reporter } = ports;
  const repeatable = requests.filter(({ method }) => READING.includes(method));
  const all = warmup.requests * plan.candidate.replicas;
  if (all === 0 || repeatable.length === 0) return;
  const began = clock.now();
  reporter.report({ type: "warming", at: began, requests: all });
  const { failed, problem, sent } = await checker.warmUp(repeatable, { ...warmup, requests: all }, slot, signal);
  throwIfInterrupted(signal);
  const at = clock.now();
  const told = problem === undefined ? {} : { problem };
  reporter.report({ type: "warmed", at, sent, failed, tookMs: at - began, ...told });
}
