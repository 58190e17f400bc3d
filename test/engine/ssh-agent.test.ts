import assert from "node:assert/strict";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { sshAgent } from "../../engine/ssh-agent.ts";

describe("the way to an engine over ssh", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "sluice-ssh-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** A program in place of ssh. */
  async function program(script: string): Promise<string> {
    const file = path.join(directory, "ssh");
    await writeFile(file, `#!/bin/sh\nprintf '%s ' "$@" > ${directory}/args\n${script}\n`);
    await chmod(file, 0o755);
    return file;
  }

  function ask(agent: http.Agent): Promise<string> {
    return new Promise((resolve, reject) => {
      const request = http.get({ host: "docker", path: "/_ping", agent }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () => resolve(body));
      });
      request.on("error", reject);
    });
  }

  for (const [host, args] of [
    ["ssh://deploy@far.example.com", "-o BatchMode=yes -l deploy -- far.example.com docker system dial-stdio "],
    ["ssh://far:2222", "-o BatchMode=yes -p 2222 -- far docker system dial-stdio "],
  ] as const) {
    it(`goes by the system's own: ${host}`, async () => {
      const ssh = await program("read line; printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nOK'");
      assert.equal(await ask(sshAgent(host, ssh)), "OK");
      assert.equal(await readFile(path.join(directory, "args"), "utf8"), args);
    });
  }

  it("fails when the far side hangs up", async () => {
    const ssh = await program("exit 255");
    await assert.rejects(ask(sshAgent("ssh://far", ssh)));
  });

  it("fails where there is no such program", async () => {
    await assert.rejects(ask(sshAgent("ssh://far", "/no/such/program")), /ENOENT/);
  });
});
