// Last of all end-to-end tests, by its name: it ends the lab.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { findMarkedProcesses, isAlive } from "../../../lab/machine/processes.ts";
import { tryRun } from "../../../lab/run.ts";
import { labPaths, network } from "../../../lab/settings.ts";
import { kubectl, lab, labStatus, metricsPod, pidsOf } from "../lab-support.ts";

describe("the lab after a crash", () => {
  const paths = labPaths();
  const namespace = "lab-crash";

  /** Kills the processes with these names at one stroke, as a crash does. */
  const kill = async (...names: string[]) => {
    const marked = await findMarkedProcesses(paths.state);
    const victims = marked.filter(({ name }) => names.some((each) => name.startsWith(each)));
    assert.ok(victims.length >= names.length, JSON.stringify(marked));
    for (const { pid } of victims) process.kill(pid, "SIGKILL");
  };

  it("comes up again without its supervisor: no process twice, the pods go on", async () => {
    await kubectl(["create", "namespace", namespace]);
    await kubectl(["apply", "-f", "-"], metricsPod(namespace, "web"));
    await kubectl(["wait", "--for=condition=Ready", "pod/web", "-n", namespace, "--timeout=60s"]);
    const before = pidsOf(await labStatus());
    await kill("python");
    assert.equal((await labStatus()).state, "down");

    const up = await lab("up");
    assert.equal(up.exitCode, 0, up.stderr);
    assert.match(up.stderr, /^supervisord is gone: ending the \d+ processes that it left$/m);
    const status = await labStatus();
    assert.equal(status.state, "up");
    for (const [name, pid] of Object.entries(before)) assert.equal(await isAlive(pid ?? 0), false, `${name} ${pid}`);
    const restarts = "jsonpath={.status.phase} {.status.containerStatuses[0].restartCount}";
    assert.equal(await kubectl(["get", "pod", "web", "-n", namespace, "-o", restarts]), "Running 0");
  });

  it("goes down and leaves nothing, although half of it is dead", async () => {
    await kill("python", "containerd", "kubelet");
    // What containerd leaves when it is killed in the midst of removing a container: no bundle names the socket any more.
    await writeFile("/run/containerd/s/of-a-bundle-that-is-gone", "");
    const down = await lab("down");
    assert.equal(down.exitCode, 0, down.stderr);
    assert.match(down.stderr, /no process, mount, link, cgroup or rule of it is left\.$/);

    assert.deepEqual(await findMarkedProcesses(paths.state), []);
    const mounts = await readFile("/proc/self/mountinfo", "utf8");
    assert.equal(mounts.includes(paths.state), false, mounts);
    assert.equal(mounts.includes("/run/netns/cni-"), false, mounts);
    const links = JSON.parse((await tryRun("ip", ["-json", "link", "show"])) ?? "[]") as { ifname: string }[];
    assert.deepEqual(
      links.filter(({ ifname }) => ifname === network.bridge || ifname.startsWith("veth")),
      [],
    );
    const hierarchies = await readdir("/sys/fs/cgroup");
    for (const hierarchy of hierarchies)
      assert.equal(existsSync(`/sys/fs/cgroup/${hierarchy}/sluice`), false, hierarchy);
    for (const list of ["iptables-save", "ip6tables-save"]) {
      assert.equal(((await tryRun(list, [])) ?? "").includes("198.18."), false, list);
    }
    for (const left of [paths.data, paths.pki, paths.run, paths.kubeconfig, paths.pulumiBackend, paths.lock]) {
      assert.equal(existsSync(left), false, left);
    }
    for (const left of ["/run/containerd", "/var/lib/kubelet", "/var/log/containers", "/var/lib/cni"]) {
      assert.equal(existsSync(left), false, left);
    }
  });

  it("has nothing to do when it is down already", async () => {
    const down = await lab("down");
    assert.equal(down.exitCode, 0, down.stderr);
    assert.match(down.stderr, /^ {2}no process of the lab was running$/m);
    const status = await lab("status");
    assert.equal(status.exitCode, 1);
    assert.equal(status.stdout, "The lab is down. `npm run lab -- up` starts it.");
  });
});
