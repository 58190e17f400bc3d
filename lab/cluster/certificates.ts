import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { run } from "../run.ts";
import { network, urls, type LabPaths } from "../settings.ts";
import { installAtomically, isComplete } from "../toolchain/install.ts";

const files = ["ca.crt", "apiserver.crt", "apiserver.key", "admin.crt", "admin.key", "service-accounts.key"];
const days = "3650";

/** Makes the cluster's certificate authority, certificates and keys, unless they are there. */
export async function ensureCertificates(paths: LabPaths): Promise<void> {
  if (await isComplete(paths.pki, files)) return;
  await installAtomically(paths.pki, async (directory) => {
    const openssl = (...args: string[]) => run("openssl", args, { cwd: directory });
    const makeKey = (name: string) =>
      openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", `${name}.key`);
    const certify = async (name: string, subject: string, extensions: string) => {
      await makeKey(name);
      await writeFile(join(directory, `${name}.ext`), extensions);
      await openssl("req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`);
      const authority = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial"];
      const request = ["-in", `${name}.csr`, "-extfile", `${name}.ext`, "-out", `${name}.crt`];
      await openssl("x509", "-req", "-days", days, "-sha256", ...authority, ...request);
    };
    await makeKey("ca");
    await openssl("req", "-x509", "-new", "-key", "ca.key", "-subj", "/CN=sluice-lab", "-days", days, "-out", "ca.crt");
    const names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"].map(
      (name) => `DNS:${name}`,
    );
    const addresses = [network.loopback, network.bridgeAddress].map((address) => `IP:${address}`);
    const alternatives = [...names, ...addresses].join(",");
    await certify("apiserver", "/CN=kube-apiserver", `subjectAltName=${alternatives}\nextendedKeyUsage=serverAuth\n`);
    await certify("admin", "/O=system:masters/CN=lab-admin", "extendedKeyUsage=clientAuth\n");
    await makeKey("service-accounts");
    await openssl("pkey", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub");
  });
}

/** Writes the administrator's kubeconfig, with the certificates inside. */
export async function writeKubeconfig(paths: LabPaths): Promise<void> {
  const encode = async (file: string) => (await readFile(join(paths.pki, file))).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "sluice-lab",
        cluster: { server: urls.apiServer, "certificate-authority-data": await encode("ca.crt") },
      },
    ],
    users: [
      {
        name: "lab-admin",
        user: { "client-certificate-data": await encode("admin.crt"), "client-key-data": await encode("admin.key") },
      },
    ],
    contexts: [{ name: "sluice-lab", context: { cluster: "sluice-lab", user: "lab-admin" } }],
    "current-context": "sluice-lab",
  };
  await writeFile(paths.kubeconfig, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
}
