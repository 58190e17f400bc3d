/** How often each program ended by itself or was ended from outside, and was started again. */
export type RestartCounts = ReadonlyMap<string, number>;

/**
 * Counts restarts from supervisord's log, since its own last start. An `exited:` line is an end that nobody asked
 * supervisord for; only a later `spawned:` makes it a restart. A stop through `lab` says `stopped:` and counts nothing.
 */
export function countRestarts(log: string): RestartCounts {
  const counts = new Map<string, number>();
  const ended = new Set<string>();
  for (const line of log.split("\n")) {
    if (/ supervisord started with pid \d+/.test(line)) {
      counts.clear();
      ended.clear();
    }
    const [, event, name] = / (exited: |stopped: |spawned: ')([\w-]+)/.exec(line) ?? [];
    if (event === undefined || name === undefined) continue;
    if (event.startsWith("exited")) ended.add(name);
    else if (event.startsWith("stopped")) ended.delete(name);
    else if (ended.delete(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
