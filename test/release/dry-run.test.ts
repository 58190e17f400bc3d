import assert from "node:assert/strict";
import { findQueryProblems } from "../../release/dry-run.ts";
import type { MetricsSource } from "../../release/ports.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { STACK, stackConfig } from "./world.ts";

const OFF = { errorShare: "off", latencyP95: "off" };
const LOAD = { query: 'load{slot="{{ slot }}",version="{{ version }}"} / {{ weight }}', worse: "higher", limit: 1 };
const asking = (ask: MetricsSource["ask"]) => ({
  clock: new VirtualClock(),
  metrics: { readCounters: () => Promise.resolve([]), ask },
});

const values = (...numbers: readonly number[]) => numbers.map((value) => ({ labels: {}, value }));

describe("the dry run of declared queries", () => {
  const withLoad = stackConfig({ gate: { declared: { load: LOAD }, emergency: OFF } });
  const QUERY = '\n    load{slot="blue",version="1.0.0"} / 100';

  it("asks each for stable, and is content with one number", async () => {
    const asked: string[] = [];
    const ask = (query: string) => {
      asked.push(query);
      return Promise.resolve(values(NaN));
    };
    assert.deepEqual(await findQueryProblems(withLoad, asking(ask)), []);
    assert.deepEqual(asked, ['load{slot="blue",version="1.0.0"} / 100']);
    asked.length = 0;
    await findQueryProblems(stackConfig(), asking(ask));
    assert.equal(asked.length, 2, "the emergencies, too");
  });

  it("waits for the second scrape of a service that has only just begun to serve", async () => {
    let times = 0;
    const ports = asking(() => Promise.resolve((times += 1) === 3 ? values(1) : []));
    const began = ports.clock.now();
    assert.deepEqual(await findQueryProblems(withLoad, ports), []);
    assert.equal(ports.clock.now() - began, 4_000);
  });

  for (const [title, ask, problem] of [
    [
      "several series",
      () => Promise.resolve(values(1, 2, 3)),
      "the query gives 3 series, a gate needs one number: put sum(), avg() or max() around it",
    ],
    [
      "nothing",
      () => Promise.resolve(values()),
      "the query gives nothing for stable (1.0.0 in blue): compare its metric and labels with Prometheus'.",
    ],
    ["an error", () => Promise.reject(new Error("parse error")), "the query cannot be asked: parse error"],
  ] as const) {
    it(`tells ${title}, with the query and what to do`, async () => {
      const problems = await findQueryProblems(withLoad, asking(ask));
      assert.deepEqual(problems, [`sluice:gate.declared.load: ${problem}${QUERY}`]);
    });
  }

  it("tells what is mostly wrong with a preset, and how to do without an emergency", async () => {
    const config = stackConfig({ gate: { ...STACK.gate, declared: { cpu: { preset: "cpu" } } } });
    const problems = await findQueryProblems(
      config,
      asking(() => Promise.resolve(values())),
    );
    const lines = problems.map((problem) => problem.split("\n")[0]);
    assert.deepEqual(lines, [
      "sluice:gate.declared.cpu: the query gives nothing for stable (1.0.0 in blue): does this Prometheus scrape the kubelets' cAdvisor (/metrics/cadvisor)?",
      'sluice:gate.emergency.errorShare: the query gives nothing for stable (1.0.0 in blue): does this Prometheus scrape what counts the requests, and is there traffic? Or set it to "off".',
      'sluice:gate.emergency.latencyP95: the query gives nothing for stable (1.0.0 in blue): does this Prometheus scrape what counts the requests, and is there traffic? For Spring, set management.metrics.distribution.percentiles-histogram.http.server.requests to true. Or set it to "off".',
    ]);
  });
});
