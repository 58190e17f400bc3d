import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { labEnvironment } from "../../../lab/environment.ts";
import { openPulumiStack } from "../../../release/adapters/pulumi-stack.ts";
import { systemClock } from "../../../release/adapters/system-clock.ts";
import { StackLocked } from "../../../release/errors.ts";
import type { ReleaseEvent } from "../../../release/events.ts";
import { outliveLocks } from "../../../release/stale-lock.ts";

/** A stack without resources, whose updates take as long as a file named `slow` is there. */
const PROGRAM = `
import { existsSync, writeFileSync } from "node:fs";
writeFileSync("running", "");
while (existsSync("slow")) await new Promise((resolve) => setTimeout(resolve, 100));
export const done = true;
`;

/** Pulumi as it is, on a state in files: neither cluster nor network. */
describe("a stack's lock", () => {
  const variables = { ...process.env };
  const children: ChildProcess[] = [];
  let project = "";

  before(async () => {
    project = await mkdtemp(path.join(tmpdir(), "sluice-lock-"));
    const state = path.join(project, "state");
    await mkdir(state);
    const settings = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "lock" };
    Object.assign(process.env, labEnvironment(), settings);
    await writeFile(path.join(project, "Pulumi.yaml"), "name: lock\nruntime: nodejs\nmain: program.mjs\n");
    await writeFile(path.join(project, "package.json"), '{ "type": "module", "main": "program.mjs" }\n');
    await writeFile(path.join(project, "program.mjs"), PROGRAM);
    await symlink(path.resolve("node_modules"), path.join(project, "node_modules"));
    await execa("pulumi", ["stack", "init", "test", "--non-interactive"], { cwd: project });
  });

  after(async () => {
    for (const { pid } of children) if (pid !== undefined) killGroup(pid);
    process.env = variables;
    await rm(project, { recursive: true, force: true });
  });

  /** Begins an update, and gives its process once its program runs. */
  async function beginUpdate(): Promise<number> {
    await writeFile(path.join(project, "slow"), "");
    await rm(path.join(project, "running"), { force: true });
    const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "test"], {
      cwd: project,
      detached: true,
      stdio: "ignore",
    });
    children.push(child);
    while (!(await exists(path.join(project, "running")))) await delay(100);
    return child.pid ?? 0;
  }

  it("of an update that lives is told with its process and the command to remove it", async () => {
    const pid = await beginUpdate();
    const stack = await openPulumiStack(project, "test");
    await assert.rejects(stack.up(), (error) => {
      assert.ok(error instanceof StackLocked);
      assert.equal(error.isDead, false);
      assert.match(error.holders, new RegExp(`^.+@.+, pid ${pid}, since \\d{4}-\\d{2}-\\d{2}T`));
      assert.match(error.message, /^Stack test is locked by another update \(.*\)\.\nWait until it has ended; if its/);
      assert.ok(error.message.endsWith(`remove the lock: pulumi cancel --yes --stack test --cwd ${project}`));
      return true;
    });
    await rm(path.join(project, "slow"));
    await Promise.all(children.filter(({ exitCode }) => exitCode === null).map((child) => once(child, "exit")));
    await stack.up();
  });

  it("of one that was killed is removed by who goes on, and only by them", async () => {
    const pid = await beginUpdate();
    killGroup(pid);
    await rm(path.join(project, "slow"));
    const stack = await openPulumiStack(project, "test");
    await assert.rejects(stack.up(), (error) => error instanceof StackLocked && error.isDead);
    const told: ReleaseEvent[] = [];
    const reporter = { report: (event: ReleaseEvent) => told.push(event), close: () => undefined };
    await outliveLocks(stack, { clock: systemClock, reporter }).up();
    const [warned] = told;
    assert.ok(warned?.type === "warned" && told.length === 1);
    assert.match(warned.problem, new RegExp(`^the lock that a dead update left was removed: .*, pid ${pid}, since`));
    await stack.up();
  });
});

function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
