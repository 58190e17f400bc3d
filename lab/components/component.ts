import type { Program } from "../supervisor/program.ts";

/** A supervised process of the lab with what it needs and how to see that it works. */
export interface Component {
  readonly program: Program;
  /** Names of components and tasks that must be ready before it starts. */
  readonly after: readonly string[];
  /** May throw: that counts as not ready. */
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinS: number;
}

/** Work that is done once, between components. */
export interface Task {
  readonly name: string;
  readonly after: readonly string[];
  readonly isDone: () => Promise<boolean>;
  readonly perform: () => Promise<void>;
}
