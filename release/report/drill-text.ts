import type { DrillResult } from "../drill-result.ts";
import { alignColumns, formatAmount, formatCount, formatElapsed } from "./format.ts";

/** What a drill showed: the course of things since the injection, then each goal. */
export function renderDrill(result: DrillResult): string {
  const { backAt, decidedAt, failingRequests, fault, firstFailingAt, goals, injectedAt, requests } = result;
  const since = (at: number | undefined) =>
    at === undefined || injectedAt === undefined ? "-" : formatElapsed(at - injectedAt);
  const inForce =
    backAt === undefined || decidedAt === undefined ? "" : `, ${formatElapsed(backAt - decidedAt)} after the decision`;
  return [
    `Drill: ${fault}`,
    "",
    alignColumns([
      ["  injected", injectedAt === undefined ? "-" : "0 s"],
      ["  first failing answers counted", since(firstFailingAt)],
      ["  decision", since(decidedAt)],
      ["  weight 0 in force", `${since(backAt)}${inForce}`],
      ["  failing requests", `${formatCount(failingRequests)} of the candidate's ${formatAmount(requests, "request")}`],
    ]),
    "",
    ...goals.map(({ met, text }) => `${met ? "✔" : "✖"} ${text}`),
  ].join("\n");
}
