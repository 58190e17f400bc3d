import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { Writable } from "node:stream";
import { Ajv } from "ajv";
import type { ReleaseEvent } from "../../release/events.ts";
import { createJsonReporter } from "../../release/report/json.ts";
import { deriveEventSchema, type EventsSchema } from "../../scripts/event-schema.ts";
import { stackConfig, World, type WorldOptions } from "./world.ts";

const PAGE = path.resolve(import.meta.dirname, "../../docs/events.md");

/** What `--json` writes of these events, line by line. */
function linesOf(events: readonly ReleaseEvent[]): readonly unknown[] {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  const reporter = createJsonReporter(stream);
  for (const event of events) reporter.report(event);
  return written
    .join("")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

describe("the schema of events", () => {
  let strict: EventsSchema;
  let published: EventsSchema;
  before(() => {
    strict = deriveEventSchema(true);
    published = deriveEventSchema();
  });

  const approval = { timeout: "1m", onTimeout: "approve" };
  const weights = [5, { weight: 50, approval }, 100];
  const stories: readonly (readonly [string, WorldOptions, number])[] = [
    ["a release to its promotion", { config: stackConfig({ strategy: { kind: "canary", weights, bake: "30s" } }) }, 0],
    ["a rollback", { failing: (_ms, { green }) => ({ blue: 0, green: green > 0 ? 0.5 : 0 }) }, 2],
    ["a refusal", { check: { ok: false, passed: 1, problem: "status 500, not 200" } }, 2],
    [
      "a rollback that fails",
      {
        failing: (_ms, { green }) => ({ blue: 0, green: green > 0 ? 0.5 : 0 }),
        beforeTakeBack: () => {
          throw new Error("stable has no ready pod");
        },
      },
      3,
    ],
  ];

  for (const [what, options, exitCode] of stories) {
    it(`says all that --json writes of ${what}, and nothing else is written`, async () => {
      const validate = new Ajv({ allErrors: true }).compile(strict);
      const world = new World(options);
      assert.equal(await world.release(), exitCode);
      for (const line of linesOf(world.events)) assert.ok(validate(line), JSON.stringify([line, validate.errors]));
    });
  }

  it("refuses what is no event, and lets readers of today read fields of tomorrow", () => {
    const validate = new Ajv().compile(published);
    const good = { v: 1, at: 1, type: "promoted", slot: "green", version: "1.1.0" };
    assert.ok(validate({ ...good, since: 2 }));
    for (const change of [{ v: 2 }, { at: "now" }, { type: "demoted" }, { slot: "red" }]) {
      assert.equal(validate({ ...good, ...change }), false, JSON.stringify(change));
    }
  });

  it("has every type and every field explained in docs/events.md", async () => {
    const sections = (await readFile(PAGE, "utf8")).split(/^## /m);
    for (const { properties } of published.oneOf) {
      const type = properties.type.const;
      const isAbout = (text: string) => text.split("\n")[0]?.includes(`\`${type}\``) ?? false;
      const section = sections.find(isAbout) ?? sections.find((text) => text.includes(`\n| \`${type}\``));
      assert.ok(section !== undefined, `${type} is not explained`);
      const common = ["v", "at", "type"];
      const missing = Object.keys(properties).filter(
        (name) => !common.includes(name) && !section.includes(`\`${name}\``),
      );
      assert.deepEqual(missing, [], `fields of ${type}`);
    }
  });
});
