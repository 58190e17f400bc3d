/** Something the user can set right: shown as its message alone, without a stack trace. Exit code 1. */
export class UserError extends Error {
  override readonly name: string = "UserError";
}

/** The operator has ended it before anything was changed. Exit code 130. */
export class Interrupted extends UserError {
  override readonly name = "Interrupted";
}

/** Another update has the stack: of ours, nothing was begun. */
export class StackLocked extends UserError {
  override readonly name = "StackLocked";
  /** Who has it, in words. */
  readonly holders: string;
  /** Whether it is certain that whoever has it is dead. */
  readonly isDead: boolean;

  constructor(message: string, holders: string, isDead: boolean, options?: ErrorOptions) {
    super(message, options);
    this.holders = holders;
    this.isDead = isDead;
  }
}

/** The release cannot go on: its traffic goes back to stable. */
export class AbortRelease extends Error {
  override readonly name: string = "AbortRelease";
}

/** The same, and it is the version's own fault: it is not to come again. */
export class FaultyVersion extends AbortRelease {
  override readonly name = "FaultyVersion";
}

/** Somebody else drives this release from now on. */
export class TakenOver extends Error {
  override readonly name = "TakenOver";
}

/** What to show of an error that somebody else threw. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
