/** A failure that the user can act on: printed as its message alone, without a stack trace; the lab's exit code is 1. */
export class LabError extends Error {
  override readonly name = "LabError";
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
