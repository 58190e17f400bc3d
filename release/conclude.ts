import type { Ending } from "./record.ts";
import type { Run } from "./run.ts";

/** Tells how a release ended, and writes it down. */
export async function conclude(run: Run, ending: Ending): Promise<void> {
  reportEnd(run, ending);
  run.note({ phase: { kind: "finished", ending } });
  await run.settle();
}

export function reportEnd({ ports: { clock, reporter }, record, watch }: Run, ending: Ending): void {
  const at = clock.now();
  reporter.report({ type: "finished", at, ...ending, durationMs: at - record.startedAt, ...watch.totals });
}
