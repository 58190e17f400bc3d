/** Exit codes of the release program. */
export const EXIT = { promoted: 0, userError: 1, rolledBack: 2, rollbackFailed: 3, interrupted: 130 } as const;

/** Exit codes of `sluice review`. */
export const REVIEW_EXIT = { passed: 0, userError: EXIT.userError, violated: 2 } as const;
