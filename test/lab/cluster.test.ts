import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureCertificates, writeKubeconfig } from "../../lab/cluster/certificates.ts";
import { findDefinedResources } from "../../lab/cluster/objects.ts";
import { run } from "../../lab/run.ts";
import { labPaths } from "../../lab/settings.ts";

describe("the cluster's certificates", () => {
  let cache: string;
  before(async () => {
    cache = await mkdtemp(join(tmpdir(), "sluice-test-"));
    await ensureCertificates(labPaths({ SLUICE_CACHE: cache }));
  });
  after(() => rm(cache, { recursive: true, force: true }));
  const paths = () => labPaths({ SLUICE_CACHE: cache });
  const openssl = (...args: string[]) => run("openssl", args, { cwd: paths().pki });

  for (const [name, purpose] of [
    ["apiserver", "sslserver"],
    ["admin", "sslclient"],
  ] as const) {
    it(`are signed by its authority, ${name} as ${purpose}`, async () => {
      const args = ["-CAfile", "ca.crt", "-purpose", purpose, `${name}.crt`];
      assert.equal(await openssl("verify", ...args), `${name}.crt: OK`);
    });
  }

  it("name where the API server answers", async () => {
    const names = await openssl("x509", "-in", "apiserver.crt", "-noout", "-ext", "subjectAltName");
    for (const name of ["DNS:localhost", "IP Address:127.0.0.1", "IP Address:198.18.0.1"])
      assert.ok(names.includes(name));
  });

  it("stay the same from one `up` to the next", async () => {
    const before = await readFile(join(paths().pki, "ca.crt"), "utf8");
    await ensureCertificates(paths());
    assert.equal(await readFile(join(paths().pki, "ca.crt"), "utf8"), before);
  });

  it("are in a kubeconfig that only its owner reads", async () => {
    await writeKubeconfig(paths());
    const config = JSON.parse(await readFile(paths().kubeconfig, "utf8")) as {
      clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
    };
    const cluster = config.clusters[0]?.cluster;
    assert.equal(cluster?.server, "https://198.18.0.1:6443");
    const authority = Buffer.from(cluster["certificate-authority-data"], "base64").toString();
    assert.equal(authority, await readFile(join(paths().pki, "ca.crt"), "utf8"));
    assert.equal((await stat(paths().kubeconfig)).mode & 0o777, 0o600);
  });
});

describe("resource definitions in a YAML text", () => {
  it("are found by the definition's own name, wherever it stands in the metadata", () => {
    const definition = (metadata: string) =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n${metadata}spec:\n  names:\n    kind: X\n`;
    const text = [
      "# a comment\n",
      definition("  annotations:\n    name: not.this\n  name: rollouts.argoproj.io\n"),
      definition("  name: gateways.networking.istio.io\n  labels:\n    a: b\n"),
      "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: other\n",
    ].join("---\n");
    assert.deepEqual(findDefinedResources(text), ["rollouts.argoproj.io", "gateways.networking.istio.io"]);
  });
});
