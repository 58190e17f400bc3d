import { run, tryRun } from "../run.ts";
import { network } from "../settings.ts";

/** Makes the bridge that joins host and pods, unless it is there. */
export async function ensureBridge(): Promise<void> {
  if (!(await hasBridge())) await run("ip", ["link", "add", network.bridge, "type", "bridge"]);
  // No IPv6 address: everything in the lab listens on what it was told to, and this would be one more.
  await tryRun("ip", ["link", "set", network.bridge, "addrgenmode", "none"]);
  const prefix = network.podRange.split("/")[1] ?? "16";
  await run("ip", ["address", "replace", `${network.bridgeAddress}/${prefix}`, "dev", network.bridge]);
  await run("ip", ["link", "set", network.bridge, "up"]);
}

/** Removes the bridge and what hangs on it. */
export async function removeBridge(): Promise<void> {
  for (const link of await bridgePorts()) await tryRun("ip", ["link", "delete", link]);
  if (await hasBridge()) await run("ip", ["link", "delete", network.bridge]);
}

/** The bridge, if it exists, and the interfaces on it. */
export async function remainingLinks(): Promise<string[]> {
  return [...((await hasBridge()) ? [network.bridge] : []), ...(await bridgePorts())];
}

async function hasBridge(): Promise<boolean> {
  return (await tryRun("ip", ["link", "show", network.bridge])) !== undefined;
}

async function bridgePorts(): Promise<string[]> {
  const text = (await tryRun("ip", ["-json", "link", "show", "master", network.bridge])) ?? "[]";
  const links = JSON.parse(text === "" ? "[]" : text) as { ifname?: string }[];
  return links.flatMap((link) => (link.ifname === undefined ? [] : [link.ifname]));
}
