import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { notifySchema } from "../../config/notify.ts";
import { openNotifiers } from "../../release/adapters/notifiers.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { createGithubReporter } from "../../release/report/github.ts";
import { createNewsReporter, type News } from "../../release/report/news.ts";
import { decided, event, planned, PROMOTED, REFUSED, ROLLED_BACK, START, STUCK } from "./report/stories.ts";
import { VirtualClock } from "./virtual-clock.ts";

const app = { name: "checkout", namespace: "shop", port: 8080 };

interface Post {
  readonly url: string | undefined;
  readonly body: unknown;
}

/** Plays events to the notifiers of a stack whose services all are one local server; ends when all is delivered. */
async function play(
  events: readonly ReleaseEvent[],
  notify: (url: string) => unknown,
  status: (posts: number) => number = () => 200,
) {
  const posts: Post[] = [];
  const warnings: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      posts.push({ url: request.url, body: JSON.parse(body) as unknown });
      response.writeHead(status(posts.length)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const reporters = openNotifiers({
    config: { app, notify: notifySchema.parse(notify(url)) },
    stack: "production",
    clock: new VirtualClock(START),
    variables: { HOOK: `${url}/hook` },
    warn: (problem) => warnings.push(problem.replace(url, "URL")),
  });
  for (const reporter of reporters) for (const told of events) reporter.report(told);
  for (const reporter of reporters) reporter.close();
  // Until nothing has arrived for a while: the reporters themselves never make anybody wait.
  for (let before = -1; before !== posts.length;) {
    before = posts.length;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  server.close();
  server.closeAllConnections();
  return { posts, warnings };
}

const alertmanager = (url: string) => ({ alertmanager: { url, labels: { team: "shop" } } });
const webhook = () => ({ webhook: { urlFrom: "HOOK" } });

/** `ReleaseRolledBack (critical) until +3600 s`, times since the post's own beginning. */
function alerts(posts: readonly Post[]): readonly string[] {
  return posts.flatMap(({ body }) =>
    (body as { labels: Record<string, string>; startsAt: string; endsAt: string }[]).map(
      ({ endsAt, labels, startsAt }) =>
        `${labels.alertname} (${labels.severity}) for ${(Date.parse(endsAt) - Date.parse(startsAt)) / 1_000} s`,
    ),
  );
}

describe("notifications", () => {
  it("put a rollback into an alert that outlasts the release", async () => {
    const { posts, warnings } = await play(ROLLED_BACK, alertmanager);
    assert.deepEqual(warnings, []);
    assert.deepEqual(alerts(posts), [
      "ReleaseRolledBack (warning) for 3600 s",
      "ReleaseRollbackFailed (critical) for 0 s",
    ]);
    const [{ body, url } = { body: [], url: "" }] = posts;
    const [alert] = body as [{ labels: unknown; annotations: { summary: string; description: string } }];
    assert.equal(url, "/api/v2/alerts");
    assert.deepEqual(alert.labels, {
      team: "shop",
      alertname: "ReleaseRolledBack",
      severity: "warning",
      app: "checkout",
      namespace: "shop",
      stack: "production",
    });
    assert.match(alert.annotations.summary, /^checkout on production: rolled back from 5 % of the traffic$/);
  });

  it("end those alerts when a release succeeds", async () => {
    const { posts } = await play(PROMOTED, alertmanager);
    assert.deepEqual(alerts(posts), [
      "ReleaseRolledBack (warning) for 0 s",
      "ReleaseRollbackFailed (critical) for 0 s",
    ]);
  });

  it("call for somebody when traffic is stuck; stay silent about a version that nobody saw", async () => {
    assert.deepEqual(alerts((await play(STUCK, alertmanager)).posts), ["ReleaseRollbackFailed (critical) for 86400 s"]);
    assert.deepEqual((await play(REFUSED, alertmanager)).posts, []);
  });

  it("write to a webhook what has been asked for", async () => {
    const { posts } = await play(PROMOTED, webhook);
    assert.deepEqual(
      posts.map(({ url }) => url),
      ["/hook"],
    );
    assert.match(
      JSON.stringify(posts[0]?.body),
      /^{"text":"✔ \*checkout on production: Version 1\.1\.0 was promoted\*\\n/,
    );
    assert.deepEqual((await play(PROMOTED, () => ({ webhook: { urlFrom: "HOOK", on: ["refused"] } }))).posts, []);
  });

  it("try again, and warn once when it is in vain", async () => {
    const again = await play(ROLLED_BACK, alertmanager, (posts) => (posts < 3 ? 503 : 200));
    assert.deepEqual([again.posts.length, again.warnings], [3, []]);
    const notify = (url: string) => ({ ...alertmanager(url), ...webhook() });
    const vain = await play(ROLLED_BACK, notify, () => 500);
    assert.deepEqual(vain.warnings.toSorted(), [
      "Alertmanager at URL cannot be told of this release: Request failed with status code 500",
      "the webhook of HOOK cannot be told of this release: Request failed with status code 500",
    ]);
  });

  it("warn of a webhook without its variable, and go on without it", async () => {
    const { posts, warnings } = await play(PROMOTED, () => ({ webhook: { urlFrom: "NONE" } }));
    assert.deepEqual(posts, []);
    assert.deepEqual(warnings, ["the webhook is not told of this release: environment variable NONE is not set"]);
  });
});

describe("news of a release", () => {
  async function newsOf(...events: readonly (ReleaseEvent | number)[]): Promise<readonly string[]> {
    const clock = new VirtualClock(START);
    const news: News[] = [];
    const room = { app: "shop", stack: "production", pauseAfterMs: 60_000, clock };
    const reporter = createNewsReporter(room, (item) => news.push(item));
    for (const item of events) {
      if (typeof item === "number") await clock.sleep(item * 1_000);
      else reporter.report(item);
    }
    reporter.close();
    assert.equal(clock.sleeping, 0, "the program could not end");
    return news.map(({ kind, title }) => `${kind}: ${title}`);
  }

  it("have long pauses, and their end; not short ones", async () => {
    const pause = decided(0, 25, "pause", "no new metrics");
    const wait = decided(2, 25, "wait", "no decision yet");
    assert.deepEqual(await newsOf(planned(), pause, 30, wait, 100), []);
    assert.deepEqual(await newsOf(planned(), pause, 61, wait, 100), [
      "paused: shop on production: the release pauses at 25 % for 1 m",
      "resumed: shop on production: the release pauses no more",
    ]);
  });

  it("leave no timer behind when the release ends in a pause", async () => {
    assert.deepEqual(await newsOf(planned(), decided(1, 25, "pause", "no new metrics")), []);
  });

  it("ask for approvals", async () => {
    const awaited = event(5, "approval-awaited", { weight: 25, until: START + 60_000, onTimeout: "reject" });
    assert.deepEqual(await newsOf(planned(), awaited), [
      "approval: shop on production: the release waits for an approval of 25 % of the traffic",
    ]);
  });
});

describe("GitHub Actions", () => {
  function run(events: readonly ReleaseEvent[]) {
    const commands: string[] = [];
    let summary = "";
    const reporter = createGithubReporter({
      command: (line) => commands.push(line),
      summary: (text) => (summary += text),
    });
    for (const told of events) reporter.report(told);
    return { commands, summary };
  }

  it("get an annotation for the verdict, and a summary with the steps", () => {
    const { commands, summary } = run(PROMOTED);
    assert.match(commands.at(-1) ?? "", /^::notice title=Version 1\.1\.0 was promoted::It is live after [^\n]*\n$/);
    assert.match(summary, /^## ✅ Version 1\.1\.0 was promoted\n/);
    assert.match(summary, /\n\| weight \| time there \| candidate \| stable \| then \|\n\| --- /);
    assert.match(run(ROLLED_BACK).commands.at(-1) ?? "", /^::error title=Version 1\.2\.0 was rolled back/);
    assert.match(run(REFUSED).summary, /^## ❌ [^]*\n- check failed: /);
  });

  it("read what stands in messages as text, not as commands or Markdown", () => {
    const problem = "50% of <b>\n::error::x|y";
    const { commands } = run([planned(), event(1, "warned", { problem })]);
    assert.deepEqual(commands, ["::warning title=sluice::50%25 of <b>%0A::error::x|y\n"]);
    const refused = REFUSED.map((told) => (told.type === "checked" && !told.ok ? { ...told, problem } : told));
    assert.match(run(refused).summary, /: 50% of \\<b\\> ::error::x\\\|y\n/);
  });
});
