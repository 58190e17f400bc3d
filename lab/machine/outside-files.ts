import { readdir, readFile, readlink, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";

/** Directories outside the lab's own where its programs put files, whatever they are told. */
const places = {
  shimSockets: "/run/containerd/s",
  logLinks: "/var/log/containers",
  kubeletPlugins: "/var/lib/kubelet/device-plugins",
  cniResults: "/var/lib/cni/results",
};

/**
 * Finds what the lab's programs put outside its directories: the sockets of containerd's shims (`bundles` is where they
 * note them; a containerd that died in the midst of removing a container leaves a socket that no bundle names and nobody
 * holds), links to pods' logs, the kubelet's plugin socket, cached results of network plugins. Others' are left out.
 */
export async function findOutsideFiles(state: string, bundles: string): Promise<string[]> {
  const held = await readFile("/proc/net/unix", "utf8");
  const groups = await Promise.all([
    select(places.shimSockets, (socket) => Promise.resolve(held.includes(socket) ? undefined : socket)),
    select(bundles, async (bundle) => {
      const address = (await readFile(join(bundle, "address"), "utf8")).trim().replace(/^unix:\/\//, "");
      return address.startsWith(`${places.shimSockets}/`) ? address : undefined;
    }),
    select(places.logLinks, async (link) => ((await readlink(link)).startsWith(state) ? link : undefined)),
    select(places.cniResults, async (file) => ((await readFile(file, "utf8")).includes(state) ? file : undefined)),
    select(places.kubeletPlugins, (file) => Promise.resolve(file)),
  ]);
  return [...new Set(groups.flat())];
}

/** Removes files, and the directories in those places that are empty then: others may use them too. */
export async function removeOutsideFiles(files: readonly string[]): Promise<void> {
  for (const file of files) await rm(file, { force: true });
  for (const directory of Object.values(places)) await rmdir(directory).catch(() => undefined);
  for (const parent of ["/run/containerd", "/var/lib/kubelet", "/var/lib/cni"])
    await rmdir(parent).catch(() => undefined);
}

/** What the function makes of each entry of a directory; entries that vanish or do not fit are left out. */
async function select(directory: string, pick: (path: string) => Promise<string | undefined>): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const picked = await Promise.all(names.map((name) => pick(join(directory, name)).catch(() => undefined)));
  return picked.filter((path) => path !== undefined);
}
