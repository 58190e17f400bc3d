import { delimiter } from "node:path";
import { LabError } from "../errors.ts";
import { findExecutable } from "../toolchain/locate.ts";

/** What the lab needs to know of the machine. */
export interface Machine {
  readonly platform: string;
  /** Undefined where the system has no users of that kind. */
  readonly uid: number | undefined;
  readonly path: string;
}

const programs: Record<string, string> = {
  ip: "iproute2",
  ss: "iproute2",
  openssl: "openssl",
  mount: "mount",
  unshare: "util-linux",
  tar: "tar",
  python3: "python3", // for supervisord
};

/** This machine. */
export function thisMachine(): Machine {
  return { platform: process.platform, uid: process.getuid?.(), path: process.env.PATH ?? "" };
}

/** One error that lists everything that stands against a lab on this machine, and what to do instead. */
export async function checkMachine(machine: Machine): Promise<void> {
  const problems: string[] = [];
  if (machine.platform !== "linux") problems.push(`it needs Linux; this is ${machine.platform}`);
  else if (machine.uid !== 0)
    problems.push(`it needs root (namespaces, mounts, a bridge); this is user ${machine.uid}`);
  for (const [program, packageName] of Object.entries(machine.platform === "linux" ? programs : {})) {
    const found = await findExecutable(program, machine.path.split(delimiter));
    if (found === undefined) problems.push(`it needs \`${program}\`: install ${packageName}`);
  }
  if (problems.length === 0) return;
  const list = problems.map((problem) => `  - ${problem}`).join("\n");
  throw new LabError(
    `The lab cannot run on this machine:\n${list}\n` +
      "Run it as root on a Linux machine, or use an existing cluster instead: set KUBECONFIG to its file and leave the lab out.",
  );
}
