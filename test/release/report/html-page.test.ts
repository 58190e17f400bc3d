import assert from "node:assert/strict";
import { renderReport } from "../../../release/report/html.ts";
import { World } from "../world.ts";
import { readable, rowsOf, textsOf } from "./page.ts";
import { CUT_OFF, decided, event, planned, PROMOTED, REFUSED, ROLLED_BACK, SILENT, STORIES } from "./stories.ts";

describe("HTML report as a page", () => {
  let promoted: string;
  let rolledBack: string;
  let refused: string;

  before(async () => {
    [promoted, rolledBack, refused] = await Promise.all([
      renderReport(PROMOTED),
      renderReport(ROLLED_BACK),
      renderReport(REFUSED),
    ]);
  });

  it("needs nothing but itself", () => {
    for (const page of [promoted, rolledBack, refused]) {
      assert.equal(/https?:|<script|<link|<iframe|<img|@import|url\(|\ssrc=|\shref=/i.test(page), false);
    }
  });

  it("escapes everything that comes from outside", async () => {
    const evil = `<script>alert("1")</script>&'`;
    const plan = planned(evil, {
      app: evil,
      stack: evil,
      stable: { slot: "blue", version: evil },
      candidate: { slot: "green", version: evil },
    });
    const page = await renderReport([
      plan,
      event(1, "checked", { request: evil, ok: false, passed: 0, sent: 1, problem: evil }),
      ...ROLLED_BACK.slice(3, 9),
      decided(18, 5, "rollback", evil),
      event(18, "rolling-back", { weight: 5, reason: `${evil}!` }),
      event(18, "traffic-stuck", { problem: evil }),
      event(18, "reconcile-failed", { problem: evil }),
      event(18, "promoted", { slot: "green", version: evil }),
    ]);
    assert.equal(/<script|alert\("/.test(page), false);
    assert.ok(page.includes("<b>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;</b>"));
    const tags = new Set([...page.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
    const clean = new Set([...rolledBack.matchAll(/<\/?([a-z0-9]+)/gi)].map(([, tag]) => tag));
    assert.deepEqual(
      [...tags].filter((tag) => !clean.has(tag)),
      [],
    );
  });

  it("gives the same page for the same events", async () => {
    const [again, alongside] = await Promise.all([renderReport(ROLLED_BACK), renderReport(CUT_OFF)]);
    assert.equal(again, rolledBack);
    assert.notEqual(alongside, rolledBack);
  });

  it("writes no warnings on the way", async () => {
    const { warn, error } = console;
    const said: unknown[] = [];
    console.warn = (...text: unknown[]) => said.push(text);
    console.error = console.warn;
    try {
      for (const story of Object.values(STORIES)) await renderReport(story);
    } finally {
      Object.assign(console, { warn, error });
    }
    assert.deepEqual(said, []);
  });

  it("works wherever the events end", async () => {
    for (const story of [PROMOTED, ROLLED_BACK, REFUSED, SILENT]) {
      for (const [index, { type }] of story.entries()) {
        if (type === "sampled") continue;
        const page = await renderReport(story.slice(0, index));
        assert.equal(page.match(/<h1>/g)?.length, 1, `${type} ${index}`);
        assert.equal(/NaN|undefined|Infinity|\[object/.test(page), false, `${type} ${index}`);
      }
    }
  });

  describe("of a release as the release program makes it", () => {
    const report = async (options: ConstructorParameters<typeof World>[0]) => {
      const world = new World(options);
      await world.release();
      return renderReport(world.events);
    };

    it("tells the promotion of a good version", async () => {
      const page = await report({});
      assert.deepEqual(textsOf(page, /<h1>([^]*?)<\/h1>/g), ["Version 1.1.0 was promoted"]);
      const endings = rowsOf(page, "Steps").map((row) => row.at(-1));
      assert.deepEqual(endings, ["advanced to 25 %", "advanced to 50 %", "advanced to 100 %", "baked 30 s, promoted"]);
    });

    it("tells the rollback of a bad version", async () => {
      const page = await report({ failing: (ms) => ({ blue: 0, green: ms > 10_000 ? 0.2 : 0 }) });
      assert.match(readable(page), /Version 1\.1\.0 was rolled back within \d(\.\d)? s of its first failing request/);
      assert.deepEqual(
        rowsOf(page, "Why")
          .map((row) => row.at(-1))
          .slice(0, 2),
        ["shown", "shown"],
      );
    });
  });
});
