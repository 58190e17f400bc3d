import { AbortRelease, messageOf } from "./errors.ts";
import type { Decision } from "./events.ts";
import type { Step, StepApproval } from "./plan.ts";
import type { ApprovalAnswer, ApprovalRequest } from "./ports.ts";
import { throwIfInterrupted } from "./stack-mover.ts";
import type { Run } from "./run.ts";
import { lookAtWindows } from "./windows.ts";

/** Whether it is so by now; may throw to give the release up. */
type Condition = () => boolean | Promise<boolean>;

/**
 * Waits until a step forward may be taken: in a window, and approved where it has to be. The gate stays on meanwhile,
 * and a step is not taken while it holds or pauses.
 *
 * @param look asks the gate about the present weight; throws when the traffic has to go back
 * @throws AbortRelease when the step is rejected, or the release given up
 */
export async function awaitPermission(run: Run, step: Step, look: () => Promise<Decision>): Promise<void> {
  const { ports, signal, state, watch } = run;
  const hasTraffic = state.weight > 0;
  /** Tells whether there was anything to wait for. */
  const until = async (isTrue: Condition): Promise<boolean> => {
    for (let waited = false; ; waited = true) {
      throwIfInterrupted(signal);
      // Before the first weight the candidate has no user whom the gate could save.
      const decision = hasTraffic ? await look() : "wait";
      if ((await isTrue()) && decision !== "hold" && decision !== "pause") return waited;
      await ports.clock.sleep(watch.lookEveryMs, signal);
    }
  };
  const isOpen = createWindowCheck(run, step);
  let waited = await until(isOpen);
  if (step.approval !== undefined) {
    const isApproved = await createApprovalCheck(run, step, step.approval);
    waited = (await until(isApproved)) || waited;
    waited = (await until(isOpen)) || waited;
  }
  // What was counted while nobody could see the candidate is no evidence.
  if (waited && !hasTraffic) await watch.open(run.plan.candidate.replicas, signal);
}

/** Outside of all windows nothing goes forward, which is told once. */
function createWindowCheck({ plan, ports: { clock, reporter } }: Run, { weight }: Step): Condition {
  let told: number | undefined;
  return () => {
    const at = clock.now();
    const opening = lookAtWindows(plan.windows, at);
    if (opening.open) return true;
    if (opening.opensAt !== told) reporter.report({ type: "window-awaited", at, weight, opensAt: opening.opensAt });
    told = opening.opensAt;
    return false;
  };
}

/** Asks for an approval, and looks for the answer until it is there or its time has passed. */
async function createApprovalCheck(run: Run, step: Step, approval: StepApproval): Promise<Condition> {
  const { approvals, clock, reporter } = run.ports;
  const request = await ask(run, step, approval);
  let decided = false;
  return async () => {
    if (decided) return true;
    const answer = (await approvals.find(request).catch(() => undefined)) ?? findDefault(request, clock.now());
    if (answer === undefined) return false;
    const at = clock.now();
    const { approved, by, via } = answer;
    reporter.report({ type: "approval-decided", at, weight: step.weight, approved, by, via, answeredAt: answer.at });
    // Only keeps others from answering too late: what was decided counts without it.
    await approvals.close(request, answer).catch(() => undefined);
    if (!approved) {
      const who = via === "timeout" ? `nobody approved ${step.weight} % in time` : `${by} rejected ${step.weight} %`;
      throw new AbortRelease(who);
    }
    decided = true;
    return true;
  };
}

async function ask({ config, plan, ports, state }: Run, step: Step, approval: StepApproval) {
  const { approvals, clock, reporter } = ports;
  const { version } = plan.candidate;
  const at = clock.now();
  const mine: ApprovalRequest = {
    // The serial tells this attempt from an earlier one; a release that is resumed here asks the same again.
    id: `${version} ${step.weight} ${state.serial}`,
    app: config.app.name,
    version,
    weight: step.weight,
    askedAt: at,
    until: at + approval.timeoutMs,
    onTimeout: approval.onTimeout,
  };
  const request = await approvals.ask(mine).catch((error: unknown) => {
    const problem = `"sluice approve" will find no question: ${messageOf(error)}`;
    reporter.report({ type: "warned", at: clock.now(), problem });
    return mine;
  });
  const { onTimeout, until, weight } = request;
  reporter.report({ type: "approval-awaited", at: clock.now(), weight, until, onTimeout });
  return request;
}

/** What silence means, once the time is over. */
function findDefault({ onTimeout, until }: ApprovalRequest, now: number): ApprovalAnswer | undefined {
  if (now < until) return undefined;
  return { approved: onTimeout === "approve", by: "nobody", via: "timeout", at: until };
}
