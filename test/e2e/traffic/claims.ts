import assert from "node:assert/strict";
import { waitFor } from "../../../lab/wait.ts";
import type { CliRun } from "../../../lab/run-cli.ts";
import type { Service } from "../../../lab/service.ts";

/** Releases a good version step by step: none of the requests meanwhile fails. */
export async function releaseGood(service: Service, version: string, weights: readonly number[]): Promise<CliRun> {
  const began = Date.now();
  const run = await service.release(version);
  assert.equal(run.code, 0, run.stdout + run.stderr);
  assert.deepEqual(
    run.events.flatMap((event) => (event.type === "weight-observed" ? [event.weight] : [])),
    weights,
  );
  assert.deepEqual(service.failures(began), []);
  return run;
}

/** All traffic is on the version, in its objects and in the answers. */
export async function assertServes(service: Service, version: string): Promise<void> {
  const { state, weights } = await service.traffic.read();
  assert.equal(state[state.live]?.version, version);
  assert.equal(state.candidate, undefined);
  assert.equal(weights[state.live], 100);
  const since = Date.now();
  const served = await waitFor(
    () => {
      const answers = service.answers(Date.now() - 1_000);
      return Promise.resolve(answers.length > 20 && answers.every((answer) => answer.version === version));
    },
    { timeoutMs: 15_000 },
  );
  assert.ok(served, `not only ${version} answers: ${JSON.stringify(service.answers(since).slice(-3))}`);
}

/** An update has nothing to change. */
export async function assertUnchanged(service: Service): Promise<void> {
  const { code, stdout, stderr } = await service.preview();
  assert.equal(code, 0, stdout + stderr);
}

/** The stack has nothing to change, and the object of the weights has one manager. */
export async function assertAgrees(service: Service): Promise<void> {
  await assertUnchanged(service);
  assert.deepEqual(await service.managers(), ["sluice Apply"]);
}
