import os from "node:os";

/** The update that has a stack, as backends on files and object stores tell of it. */
export interface LockHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** As the backend writes it. */
  readonly since: string;
}

/** One line for each lock: `file:///…/locks/…json: created by root@ci-1 (pid 4711) at 2026-11-21T09:30:15Z`. */
const HOLDER = /: created by (?<user>.*)@(?<host>.*) \(pid (?<pid>\d+)\) at (?<since>\S+)$/gm;

/** Who holds a stack, out of what Pulumi says; none where its backend does not tell. */
export function findHolders(text: string): readonly LockHolder[] {
  // The Automation API gives Pulumi's words more than once.
  const told = new Map([...text.matchAll(HOLDER)].map(({ 0: words, groups }) => [words, groups]));
  return [...told.values()].map(({ host = "", pid = "", since = "", user = "" } = {}) => ({
    user,
    host,
    pid: Number(pid),
    since,
  }));
}

/** Whether it is certain that this update has ended: its process was one of this machine, and is no more. */
export function isDead({ host, pid }: LockHolder): boolean {
  if (host !== os.hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    // Somebody else's process may not be signalled, but it is there.
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
