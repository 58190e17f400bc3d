import { withCandidate } from "../config/release-state.ts";
import { AbortRelease, UserError } from "./errors.ts";
import { throwIfInterrupted, waitUntil } from "./stack-mover.ts";
import type { StepContext } from "./steps.ts";

/** What Pulumi may need to deploy, beside the time that the pods take to become ready. */
const PULUMI_MS = 60_000;

/**
 * Starts the candidate at weight 0 and waits until all of its pods are ready.
 *
 * @throws UserError when nothing could be begun: the stack file is as it was
 * @throws AbortRelease when the version cannot start
 */
export async function deploy({ config, mover, plan, ports, signal, slot }: StepContext): Promise<void> {
  const { clock, pods, reporter, stack } = ports;
  const { version } = plan.candidate;
  const began = clock.now();
  reporter.report({ type: "deploying", at: began, slot, version });
  const within = config.workload.readyTimeout + PULUMI_MS;
  const inspect = async () => {
    const { problem } = await pods.inspect(slot);
    if (problem !== undefined) throw new AbortRelease(`version ${version} cannot start: ${problem}`);
  };
  try {
    await mover.moveTo(withCandidate(plan.from, plan.candidate), within, inspect);
  } catch (error) {
    if (error instanceof UserError) await stack.save(plan.from);
    throw error;
  }
  await waitUntil({ clock, signal }, config.workload.readyTimeout, `the pods of ${version} to be ready`, async () => {
    await inspect();
    const { ready, wanted } = await pods.inspect(slot);
    return wanted > 0 && ready === wanted;
  });
  reporter.report({ type: "ready", at: clock.now(), slot, version, tookMs: clock.now() - began });
}

/**
 * Sends the declared requests to the candidate, before any user's request can reach it.
 *
 * @throws AbortRelease that lists the requests which did not pass
 */
export async function check({ config, ports, signal }: StepContext): Promise<void> {
  const failures: string[] = [];
  for (const request of config.checks.requests) {
    throwIfInterrupted(signal);
    const { ok, passed, problem } = await ports.checker.run(request, signal);
    const name = `${request.method} ${request.path}`;
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
  if (failures.length > 0) throw new AbortRelease(`checks before any traffic: ${failures.join("; ")}`);
}
