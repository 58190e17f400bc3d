import { liveVersion, slotWeights } from "../../config/release-state.ts";
import { stepAt } from "../plan.ts";
import { isFinished, type ReleaseRecord } from "../record.ts";
import type { Holding, Routing } from "../ports.ts";
import { formatElapsed } from "../report/format.ts";
import { openView } from "../session.ts";
import type { CommonOptions } from "./common.ts";

/** `sluice status` */
export async function runStatus(options: CommonOptions): Promise<void> {
  const { archive, config, lease, traffic } = await openView(options);
  const [routing, holding, latest] = await Promise.all([traffic.read(), lease.read(), archive.readLatest()]);
  const { record } = latest ?? {};
  if (options.json === true) {
    const release = record && {
      id: record.id,
      who: record.who,
      phase: record.phase,
      version: record.plan.candidate.version,
    };
    console.log(JSON.stringify({ app: config.app.name, ...routing, driver: holding, release }));
    return;
  }
  const lines = [
    `${config.app.name}: ${describeRouting(routing)}`,
    record === undefined ? "no release is remembered" : describeRelease(record, Date.now()),
    ...(record === undefined || isFinished(record) ? [] : [describeDriver(holding, Date.now())]),
  ];
  console.log(lines.join("\n"));
}

function describeRouting({ serial, state, weights }: Routing): string {
  const { version } = liveVersion(state);
  const candidate = state.candidate === undefined ? undefined : state[state.candidate];
  const live = `${version} is live in ${state.live}`;
  const astray =
    candidate === undefined && weights[state.live] !== 100 ? ` with ${weights[state.live]} % of the traffic` : "";
  if (candidate === undefined || state.candidate === undefined) return `${live}${astray} (serial ${serial})`;
  const asked = slotWeights(state)[state.candidate];
  const got = weights[state.candidate];
  const share = asked === got ? `${got} %` : `${got} % (${asked} % is recorded)`;
  return `${live}, ${candidate.version} in ${state.candidate} has ${share} of the traffic (serial ${serial})`;
}

function describeRelease({ id, phase, plan, startedAt, who }: ReleaseRecord, now: number): string {
  const release = `release ${id} of ${plan.candidate.version} by ${who}`;
  if (phase.kind === "finished") return `${release}: ${phase.ending.outcome}, ${phase.ending.reason}`;
  const step =
    "step" in phase
      ? ` ${stepAt(plan, phase.step).weight} % (step ${phase.step + 1} of ${plan.steps.length + (plan.holdback === undefined ? 0 : 1)})`
      : "";
  return `${release}, begun ${formatElapsed(now - startedAt)} ago: ${phase.kind}${step}`;
}

function describeDriver(holding: Holding | undefined, now: number): string {
  if (holding === undefined || holding.holder === "")
    return 'nobody drives it: "sluice resume" goes on, "sluice abort" takes it off';
  const silent = now - holding.renewedAt;
  const heard = `${holding.holder} drives it, last heard of ${formatElapsed(silent)} ago`;
  return silent > holding.durationMs
    ? `${heard}: it may have died; "sluice resume" goes on, "sluice abort" takes it off`
    : heard;
}
