import { userInfo } from "node:os";
import { openApprovals } from "../session.ts";

export interface ApproveOptions {
  readonly stack: string;
  readonly project: string;
  readonly reject?: true;
  readonly by?: string;
  readonly weight?: number;
  readonly json?: true;
}

/**
 * Answers the question of a release that waits for an approval.
 *
 * @throws UserError when none waits
 */
export async function answerApproval(options: ApproveOptions): Promise<string> {
  const { by = process.env.GITHUB_ACTOR ?? userInfo().username, json, reject, weight } = options;
  const approvals = await openApprovals(options);
  const approved = reject !== true;
  const { app, version, weight: of } = await approvals.answer(approved, by, weight);
  if (json === true) return JSON.stringify({ app, version, weight: of, approved, by });
  return `${approved ? "Approved" : "Rejected"} by ${by}: ${app} ${version} at ${of} % of the traffic.`;
}

/** `sluice approve` */
export async function runApprove(options: ApproveOptions): Promise<void> {
  console.log(await answerApproval(options));
}
