import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../lab/errors.ts";
import { parseListeners } from "../../lab/machine/listeners.ts";
import { parseMounts } from "../../lab/machine/mounts.ts";
import { endProcesses, findMarkedProcesses, isAlive, readUptimeS } from "../../lab/machine/processes.ts";
import { checkMachine } from "../../lab/machine/requirements.ts";
import { waitFor } from "../../lab/wait.ts";

describe("the lab's machine", () => {
  const path = process.env.PATH ?? "";
  const messageFor = async (machine: Parameters<typeof checkMachine>[0]) => {
    const error: unknown = await checkMachine(machine).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof LabError);
    return error.message;
  };

  it("must be Linux: one error that offers KUBECONFIG", async () => {
    assert.equal(
      await messageFor({ platform: "darwin", uid: 501, path }),
      "The lab cannot run on this machine:\n  - it needs Linux; this is darwin\n" +
        "Run it as root on a Linux machine, or use an existing cluster instead: set KUBECONFIG to its file and leave the lab out.",
    );
  });

  it("must be used as root", async () => {
    assert.match(
      await messageFor({ platform: "linux", uid: 1000, path }),
      /\n {2}- it needs root .* this is user 1000\n/,
    );
  });

  it("lists every missing program at once", async () => {
    const message = await messageFor({ platform: "linux", uid: 0, path: "/nonexistent" });
    assert.deepEqual(
      [...message.matchAll(/it needs `(\w+)`: install ([\w-]+)/g)].map((match) => `${match[1]} ${match[2]}`),
      [
        "ip iproute2",
        "ss iproute2",
        "openssl openssl",
        "mount mount",
        "unshare util-linux",
        "tar tar",
        "python3 python3",
      ],
    );
  });

  it("is right where all is there", async () => {
    const bin = await mkdtemp(join(tmpdir(), "sluice-test-"));
    for (const name of ["ip", "ss", "openssl", "mount", "unshare", "tar", "python3"]) {
      await writeFile(join(bin, name), "");
      await chmod(join(bin, name), 0o755);
    }
    await checkMachine({ platform: "linux", uid: 0, path: bin });
    await rm(bin, { recursive: true });
  });
});

describe("what the machine says", () => {
  it("of listeners", () => {
    const text = [
      'LISTEN 0      4096       127.0.0.1:2379       0.0.0.0:*    users:(("etcd",pid=21561,fd=7))',
      'LISTEN 0      4096               *:8080             *:*    users:(("envoy",pid=7,fd=3),("envoy",pid=7,fd=4))',
      "LISTEN 0      128             [::1]:22            [::]:*",
    ].join("\n");
    assert.deepEqual(parseListeners(text), [
      { address: "127.0.0.1", port: 2379, pid: 21561, process: "etcd" },
      { address: "*", port: 8080, pid: 7, process: "envoy" },
      { address: "[::1]", port: 22, pid: undefined, process: undefined },
    ]);
  });

  it("of mounts below a directory: innermost first, odd characters decoded, namesakes left alone", () => {
    const line = (point: string) => `36 35 98:0 / ${point} rw,noatime shared:1 - ext4 /dev/root rw`;
    const text = ["/", "/lab", "/lab/run", "/lab/run/a\\040b", "/lab-other/x"].map(line).join("\n");
    assert.deepEqual(parseMounts(text, "/lab"), ["/lab/run/a b", "/lab/run"]);
  });
});

describe("processes of the lab", () => {
  it("have an uptime in seconds", async () => {
    const uptimeS = await readUptimeS(process.pid);
    assert.ok(uptimeS !== undefined && Math.abs(uptimeS - process.uptime()) <= 2, String(uptimeS));
    assert.equal(await readUptimeS(2 ** 30), undefined);
  });

  const state = `/nowhere/sluice-test-${process.pid}`;

  it("are found by their mark and ended, with force if need be", async () => {
    const deaf = 'trap "" TERM; while :; do sleep 1; done';
    const child = spawn("bash", ["-c", deaf], {
      env: { PATH: process.env.PATH, SLUICE_LAB: state },
      stdio: "ignore",
    });
    const pid = child.pid ?? 0;
    const ended = once(child, "exit");
    const found = () => findMarkedProcesses(state).then((all) => all.map((each) => each.pid));
    assert.ok(await waitFor(async () => (await found()).includes(pid), { timeoutMs: 5000 }));
    assert.deepEqual(await findMarkedProcesses(`${state}-other`), []);
    assert.deepEqual(await endProcesses(await found(), 300), []);
    assert.equal((await ended)[1], "SIGKILL");
    assert.equal(await isAlive(pid), false);
  });
});
