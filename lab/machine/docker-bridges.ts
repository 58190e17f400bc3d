import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { run, tryRun } from "../run.ts";
import { network } from "../settings.ts";

/** Makes the engine's default bridge, unless it is there. */
export async function ensureDockerBridge(): Promise<void> {
  const { dockerBridge, dockerBridgeAddress } = network;
  if ((await tryRun("ip", ["link", "show", dockerBridge])) === undefined) {
    await run("ip", ["link", "add", dockerBridge, "type", "bridge"]);
  }
  await run("ip", ["address", "replace", dockerBridgeAddress, "dev", dockerBridge]);
  await run("ip", ["link", "set", dockerBridge, "up"]);
}

/** Bridges of a Docker engine, which outlive it: those whose networks are in its own list. */
export async function findDockerBridges(dataRoot: string): Promise<string[]> {
  const list = await readFile(join(dataRoot, "network/files/local-kv.db"), "latin1").catch(() => "");
  const text = (await tryRun("ip", ["-json", "link", "show", "type", "bridge"])) ?? "[]";
  const links = JSON.parse(text === "" ? "[]" : text) as { ifname?: string }[];
  // The engine names a bridge after the first twelve digits of its network's id.
  return links.flatMap(({ ifname = "" }) => {
    if (ifname === network.dockerBridge) return [ifname];
    const id = /^br-([0-9a-f]{12})$/.exec(ifname)?.[1];
    return id !== undefined && list.includes(id) ? [ifname] : [];
  });
}

/** Removes them. */
export async function removeDockerBridges(dataRoot: string): Promise<void> {
  for (const bridge of await findDockerBridges(dataRoot)) await tryRun("ip", ["link", "delete", bridge]);
}
