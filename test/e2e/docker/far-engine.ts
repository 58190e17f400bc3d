import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import net, { type AddressInfo } from "node:net";
import path from "node:path";
import tls from "node:tls";
import { ensureCertificates } from "../../../lab/cluster/certificates.ts";
import { withDirectory } from "../../../lab/run-cli.ts";
import { labPaths } from "../../../lab/settings.ts";

/** An engine reached over TLS. */
export interface TlsEngine {
  readonly host: string;
  /** Directory of the keys, named as Docker names them. */
  readonly tls: string;
  /** Keys of another authority. */
  readonly keysOfOthers: string;
}

/** The lab's engine as one behind TLS, which knows its clients by their certificates. */
export function overTls(use: (engine: TlsEngine) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const [own, others] = await Promise.all(["own", "others"].map((name) => makeKeys(path.join(directory, name))));
    if (own === undefined || others === undefined) throw new Error("no keys");
    const read = (file: string) => readFile(path.join(own.pki, file));
    const [ca, cert, key] = await Promise.all([read("ca.crt"), read("apiserver.crt"), read("apiserver.key")]);
    const options = { ca, cert, key, requestCert: true, rejectUnauthorized: true };
    const server = tls.createServer(options, (client) => {
      const engine = net.connect(labPaths().dockerSocket);
      for (const [from, to] of [
        [client, engine],
        [engine, client],
      ] as const)
        from.on("error", () => to.destroy()).pipe(to);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as AddressInfo;
      await use({ host: `tcp://127.0.0.1:${port}`, tls: own.keys, keysOfOthers: others.keys });
    } finally {
      server.close();
    }
  });
}

async function makeKeys(directory: string): Promise<{ readonly pki: string; readonly keys: string }> {
  const [pki, keys] = [path.join(directory, "pki"), path.join(directory, "keys")];
  await mkdir(keys, { recursive: true });
  await ensureCertificates({ ...labPaths(), pki });
  const names = { "ca.crt": "ca.pem", "admin.crt": "cert.pem", "admin.key": "key.pem" };
  for (const [from, to] of Object.entries(names)) await copyFile(path.join(pki, from), path.join(keys, to));
  return { pki, keys };
}

/**
 * The lab's engine as one of another host over ssh: with the real `docker` of the far side, and a program in place of `ssh`
 * that is there already.
 */
export function overSsh(use: (engine: { readonly host: string }) => Promise<void>): Promise<void> {
  return withDirectory(async (directory) => {
    const program = path.join(directory, "ssh");
    await writeFile(program, '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift 2\nexec "$@"\n');
    await chmod(program, 0o755);
    const { PATH: before } = process.env;
    process.env.PATH = `${directory}${path.delimiter}${before ?? ""}`;
    try {
      await use({ host: "ssh://deploy@far.example.com" });
    } finally {
      process.env.PATH = before;
    }
  });
}
