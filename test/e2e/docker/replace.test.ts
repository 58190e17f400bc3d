import assert from "node:assert/strict";
import { createServer } from "node:net";
import path from "node:path";
import { connectEngine } from "../../../engine/connect.ts";
import { createLabProject, deployStack, removeStack, type LabProject } from "../../../lab/project.ts";
import { SERVICES } from "../../../lab/released-service.ts";
import { command, editStackFile } from "../../../lab/run-cli.ts";

const NAME = "replaced";
const [PORT, CANDIDATE_PORT] = [18_100, 18_101];
const CONTAINER = `${NAME}-checkout`;

const settings = {
  "sluice:checks": {
    health: { path: "/actuator/health", atMost: "30s" },
    requests: [{ path: "/api/quote", times: 20, within: "5s" }],
    warmup: { requests: 0 },
  },
  "sluice:workload": { drain: { preStop: "0s", shutdown: "2s", grace: "5s" } },
  "sluice:release": { blue: { replicas: 1 } },
  "sluice:strategy": { kind: "replace", keepImages: 20 },
};

const base = {
  "sluice:app": { name: "checkout", namespace: NAME },
  "sluice:router": { kind: "port", port: PORT, candidatePort: CANDIDATE_PORT },
  "sluice:docker": { subnet: "198.19.250.128/26", health: { interval: "1s" } },
  "sluice:strategy": { kind: "canary" },
  "sluice:release": { live: "blue", serial: 1, blue: { version: "1.0.0" } },
};

/** One container on a port of the lab's Docker engine: each test begins where the one before ended. */
describe("a service without an edge, on the lab's Docker engine", () => {
  let project: LabProject;
  let isDeployed = false;

  before(async () => {
    project = await createLabProject(path.join(SERVICES, NAME), NAME, settings, base);
    await deployStack(project.stack);
    isDeployed = true;
  });
  after(async () => {
    if (!isDeployed) return;
    await removeStack(project.stack);
    assert.deepEqual(await containers(), []);
  });

  /** The containers of the service, by name and state. */
  const containers = async () => {
    const all = await connectEngine({}).listContainers({ all: true });
    return all.flatMap(({ Names, State }) => {
      const name = Names[0]?.slice(1) ?? "";
      return name.startsWith(CONTAINER) ? [`${name} ${State}`] : [];
    });
  };
  const served = async () => (await fetch(`http://127.0.0.1:${PORT}/api/quote`)).headers.get("x-version");
  const startedAt = async () => (await connectEngine({}).getContainer(CONTAINER).inspect()).State.StartedAt;

  /** What `pulumi up` says when it is to bring a version. */
  const bring = async (version: string) => {
    await editStackFile(project.stackFile, ["sluice:release", "blue"], {
      version,
      image: `sluice-sample:${version}`,
      replicas: 1,
    });
    const args = ["up", "--yes", "--skip-preview", "--stack", NAME, "--non-interactive"];
    return command("pulumi", args, project.directory);
  };

  it("serves, and an update without a change touches nothing", async () => {
    assert.equal(await served(), "1.0.0");
    const before = await startedAt();
    const { code, stdout } = await bring("1.0.0");
    assert.equal(code, 0, stdout);
    assert.equal(await startedAt(), before);
  });

  it("puts a version that passes its checks in the place of the old one", async () => {
    const { code, stdout } = await bring("1.1.0");
    assert.equal(code, 0, stdout);
    assert.equal(await served(), "1.1.0");
    assert.deepEqual(await containers(), [`${CONTAINER} running`]);
  });

  it("leaves the old one alone when the new one does not pass", async () => {
    const before = await startedAt();
    const { code, stdout } = await bring("1.4.0");
    assert.notEqual(code, 0);
    assert.match(
      stdout,
      /the new version does not pass: GET \/api\/quote: \d+ of 20 passed, .*The old one serves on\./,
    );
    assert.equal(await served(), "1.1.0");
    assert.equal(await startedAt(), before);
    assert.deepEqual(await containers(), [`${CONTAINER} running`]);
  });

  it("leaves the old one alone when the candidate's port is taken", async () => {
    const server = createServer().listen(CANDIDATE_PORT, "127.0.0.1");
    try {
      const before = await startedAt();
      const { code, stdout } = await bring("1.2.0");
      assert.notEqual(code, 0);
      assert.match(stdout, /address already in use|port is already allocated/);
      assert.equal(await startedAt(), before);
      assert.deepEqual(await containers(), [`${CONTAINER} running`]);
    } finally {
      server.close();
    }
  });

  it("says so when the engine has no such image", async () => {
    const { code, stdout } = await bring("9.9.9");
    assert.notEqual(code, 0);
    assert.match(stdout, /docker:index:RemoteImage \(checkout-image\):\n +error: /);
    assert.equal(await served(), "1.1.0");
  });

  it("puts in order what an update left that died with the old one aside", async () => {
    const engine = connectEngine({});
    await engine.getContainer(CONTAINER).rename({ name: `${CONTAINER}-previous` });
    await engine.getContainer(`${CONTAINER}-previous`).stop();
    const { code, stdout } = await bring("1.2.0");
    assert.equal(code, 0, stdout);
    assert.equal(await served(), "1.2.0");
    assert.deepEqual(await containers(), [`${CONTAINER} running`]);
  });
});
