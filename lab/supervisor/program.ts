/** One supervised process. */
export interface Program {
  readonly name: string;
  /** Absolute path and arguments. */
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Configuration files that the process reads at its start: a change of their content restarts it. */
  readonly configFiles?: Readonly<Record<string, string>>;
  /** How long it may take to end after SIGTERM before it is killed. Default 5. */
  readonly stopWaitS?: number;
}
