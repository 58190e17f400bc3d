import assert from "node:assert/strict";
import type { Engine } from "../../engine/connect.ts";
import { pruneImages, replaceContainer, type Replacement } from "../../engine/replace.ts";

const NEXT: Replacement = {
  docker: {},
  container: { name: "shop-checkout", image: "checkout:1.1.0", waitTimeout: 1 },
  listens: 8080,
  port: 80,
  candidatePort: 18_080,
  candidateUrl: "http://127.0.0.1:18080",
  checks: { requests: [] },
  keepImages: 2,
};

interface Made {
  name: string;
  readonly image: string;
  readonly port: string;
  running: boolean;
}

/** An engine that only remembers. */
class Memory {
  readonly containers = new Map<string, Made>();
  readonly steps: string[] = [];
  /** Names under which nothing starts. */
  readonly broken = new Set<string>();
  #made = 0;

  put(name: string, image: string, running = true): void {
    this.containers.set(`id-${name}`, { name, image, port: "80", running });
  }

  get list(): readonly string[] {
    return [...this.containers.values()].map(
      ({ image, name, running }) => `${name} ${image} ${running ? "up" : "down"}`,
    );
  }

  get engine(): Engine {
    const find = (key: string) =>
      [...this.containers].find(([id, { name }]) => id === key || name === key) ?? [undefined, undefined];
    const handle = (key: string) => ({
      inspect: () => {
        const [Id, made] = find(key);
        if (made === undefined)
          return Promise.reject(Object.assign(new Error("no such container"), { statusCode: 404 }));
        return Promise.resolve({ Id, RestartCount: 0, State: { Running: made.running } });
      },
      update: ({ RestartPolicy }: { RestartPolicy: { Name: string } }) => {
        this.steps.push(`restart ${find(key)[1]?.name ?? ""}: ${RestartPolicy.Name}`);
        return Promise.resolve();
      },
      start: () => this.#change(find(key)[1], "start", true),
      stop: () => this.#change(find(key)[1], "stop", false),
      rename: ({ name }: { name: string }) => {
        const [, made] = find(key);
        if (made === undefined) throw new Error(`${key} is gone`);
        this.steps.push(`rename ${made.name} to ${name}`);
        made.name = name;
        return Promise.resolve();
      },
      remove: () => {
        const [id, made] = find(key);
        this.steps.push(`remove ${made?.name ?? key}`);
        this.containers.delete(id ?? "");
        return Promise.resolve();
      },
      logs: () => Promise.resolve(Buffer.from("")),
    });
    return {
      getContainer: handle,
      createContainer: (options: {
        name: string;
        Image: string;
        HostConfig: { PortBindings: Record<string, [{ HostIp: string; HostPort: string }]> };
      }) => {
        this.#made += 1;
        const id = `id-${this.#made}`;
        const [binding] = options.HostConfig.PortBindings["8080/tcp"] ?? [];
        const port = `${binding?.HostIp ?? ""}:${binding?.HostPort ?? ""}`;
        this.steps.push(`create ${options.name} at ${port}`);
        this.containers.set(id, { name: options.name, image: options.Image, port, running: false });
        return Promise.resolve(handle(id));
      },
    } as unknown as Engine;
  }

  #change(made: Made | undefined, what: string, running: boolean): Promise<void> {
    if (made === undefined) return Promise.reject(new Error("gone"));
    this.steps.push(`${what} ${made.name}`);
    if (running && this.broken.has(made.name) && made.image === "checkout:1.1.0")
      return Promise.reject(new Error("port is already allocated"));
    made.running = running;
    return Promise.resolve();
  }
}

const passes = () => Promise.resolve(undefined);

describe("replacing a container", () => {
  it("starts the first one on the users' port, unchecked: there is nobody to spare", async () => {
    const memory = new Memory();
    await replaceContainer(memory.engine, NEXT, () => assert.fail("asked"));
    assert.deepEqual(memory.steps, ["create shop-checkout at 0.0.0.0:80", "start shop-checkout"]);
  });

  it("checks beside the old one, then swaps, then removes it", async () => {
    const memory = new Memory();
    memory.put("shop-checkout", "checkout:1.0.0");
    await replaceContainer(memory.engine, NEXT, passes);
    assert.deepEqual(memory.steps, [
      "create shop-checkout-candidate at 127.0.0.1:18080",
      "start shop-checkout-candidate",
      "remove shop-checkout-candidate",
      "restart shop-checkout: no",
      "rename shop-checkout to shop-checkout-previous",
      "stop shop-checkout-previous",
      "create shop-checkout at 0.0.0.0:80",
      "start shop-checkout",
      "remove shop-checkout-previous",
    ]);
    assert.deepEqual(memory.list, ["shop-checkout checkout:1.1.0 up"]);
  });

  it("never touches the old one when the new one does not pass", async () => {
    const memory = new Memory();
    memory.put("shop-checkout", "checkout:1.0.0");
    await assert.rejects(
      replaceContainer(memory.engine, NEXT, () => Promise.resolve("GET /login: 0 of 1 passed")),
      {
        message: "the new version does not pass: GET /login: 0 of 1 passed. The old one serves on.",
      },
    );
    assert.deepEqual(memory.list, ["shop-checkout checkout:1.0.0 up"]);
  });

  it("starts the old one again when the new one does not start in its place", async () => {
    const memory = new Memory();
    memory.put("shop-checkout", "checkout:1.0.0");
    memory.broken.add("shop-checkout");
    await assert.rejects(replaceContainer(memory.engine, NEXT, passes), {
      message: "port is already allocated\nThe old container serves again.",
    });
    assert.deepEqual(memory.list, ["shop-checkout checkout:1.0.0 up"]);
  });

  for (const [what, serving, expected] of [
    ["nothing", undefined, "checkout:1.0.0"],
    ["a container that does not run", false, "checkout:1.0.0"],
    ["the new one, which runs", true, "checkout:0.9.0"],
  ] as const) {
    it(`puts in order what a run left that died: the old one aside, and in its place ${what}`, async () => {
      const memory = new Memory();
      memory.put("shop-checkout-previous", "checkout:1.0.0", false);
      if (serving !== undefined) memory.put("shop-checkout", "checkout:0.9.0", serving);
      await assert.rejects(
        replaceContainer(memory.engine, NEXT, () => Promise.resolve("no")),
        /does not pass/,
      );
      assert.deepEqual(memory.list, [`shop-checkout ${expected} up`]);
    });
  }
});

describe("removing old images", () => {
  it("keeps the newest, those in use and those of others", async () => {
    const gone: string[] = [];
    const image = (tag: string, Created: number) => ({ Id: `id-${tag}`, Created, RepoTags: [tag] });
    const engine = {
      listContainers: () => Promise.resolve([{ ImageID: "id-hub.example.com:5000/checkout:1" }]),
      listImages: () =>
        Promise.resolve([
          ...["1", "2", "3", "4", "5"].map((tag, i) => image(`hub.example.com:5000/checkout:${tag}`, i)),
          image("hub.example.com:5000/other:1", 0),
        ]),
      getImage: (tag: string) => ({
        remove: () => {
          gone.push(tag);
          // What somebody else uses by now stays.
          return tag.endsWith(":2")
            ? Promise.reject(Object.assign(new Error("in use"), { statusCode: 409 }))
            : Promise.resolve();
        },
      }),
    } as unknown as Engine;
    await pruneImages(engine, "hub.example.com:5000/checkout:5", 1);
    assert.deepEqual(gone, ["hub.example.com:5000/checkout:3", "hub.example.com:5000/checkout:2"]);
  });
});
