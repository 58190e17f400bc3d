import assert from "node:assert/strict";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";

/** What is wrong with a stack file: every problem, as the user reads it. */
export function problemsOf(values: unknown): readonly string[] {
  try {
    parseStackConfig(values, "test");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}
