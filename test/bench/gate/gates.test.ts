import assert from "node:assert/strict";
import type { Cell } from "../../../bench/gate/cells.ts";
import { GATES } from "../../../bench/gate/gates/all.ts";
import { findShift, QUANTILES } from "../../../bench/gate/gates/mann-whitney.ts";
import { openCanaryWindow } from "../../../bench/gate/gates/window.ts";
import type { Hour } from "../../../bench/gate/traffic.ts";

/** Failing shares of the candidate by the minute; 2 requests a second, none left to chance. */
function hourOf(failing: (minute: number) => number, requests = 30): Hour {
  const cell: Cell = { scenario: "faulty", errorStable: 0, errorCanary: 0, rps: 200, weight: 1, runs: 1 };
  const samples = Array.from({ length: 240 }, (_, i) => {
    const failed = requests * failing(Math.floor(i / 4) + 1);
    return {
      at: (i + 1) * 15_000 - 5_000,
      spanMs: 15_000,
      canary: { requests, failed },
      stable: { requests: 2_970, failed: 3 },
    };
  });
  const baseline = samples.map((_, i) => ({ requests: 30, failed: i % 40 === 0 ? 1 : 0 }));
  return { cell, samples, baseline, history: Array.from({ length: 240 }, () => ({ requests: 3_000, failed: 3 })) };
}

const rolledBackS = (gate: string, hour: Hour) => GATES[gate]?.(hour).rolledBackS;
const only = (...minutes: readonly number[]) => hourOf((minute) => (minutes.includes(minute) ? 0.1 : 0));

describe("the gates of the bench", () => {
  it("see a window as Prometheus does: the increase between its first and its last reading", () => {
    const share = openCanaryWindow(hourOf((minute) => (minute === 2 ? 0.5 : 0)));
    assert.equal(share(60, 60), 0);
    assert.equal(share(120, 60), 0.5);
    // Readings at 85, 100, 115 and 130 s: three scrapes in between, two of them of minute 2.
    assert.equal(share(135, 60), 1 / 3);
    assert.equal(openCanaryWindow(hourOf(() => 0, 0))(60, 60), undefined);
  });

  it("naive-window rolls back at the first full window above the limit", () => {
    assert.equal(
      rolledBackS(
        "naive-window",
        hourOf(() => 0.02),
      ),
      300,
    );
    assert.equal(
      rolledBackS(
        "naive-window",
        hourOf(() => 0.009),
      ),
      undefined,
    );
  });

  it("argo-like rolls back at the fourth failed measurement, in a row or not; silence is none", () => {
    assert.equal(
      rolledBackS(
        "argo-like",
        hourOf(() => 0.02),
      ),
      240,
    );
    assert.equal(rolledBackS("argo-like", only(3, 9, 20)), undefined);
    assert.equal(rolledBackS("argo-like", only(3, 9, 20, 41)), 41 * 60);
    assert.equal(
      rolledBackS(
        "argo-like",
        hourOf(() => 0, 0),
      ),
      undefined,
    );
  });

  it("flagger-like rolls back one tick after the fifth failed check; silence is a failed check", () => {
    assert.equal(
      rolledBackS(
        "flagger-like",
        hourOf(() => 0.02),
      ),
      360,
    );
    assert.equal(rolledBackS("flagger-like", only(3, 9, 20, 41)), undefined);
    assert.equal(rolledBackS("flagger-like", only(3, 9, 20, 41, 50)), 51 * 60);
    assert.equal(
      rolledBackS(
        "flagger-like",
        hourOf(() => 0, 0),
      ),
      360,
    );
  });

  it("kayenta-like judges once an hour, and every five minutes where it is told to", () => {
    const bad = hourOf((minute) => 0.04 + 0.001 * (minute % 7));
    assert.equal(rolledBackS("kayenta-like", bad), 3_600);
    assert.equal(rolledBackS("kayenta-like-5m", bad), 300);
    assert.equal(
      rolledBackS(
        "kayenta-like-5m",
        hourOf(() => 0),
      ),
      undefined,
    );
  });

  it("sluice takes a faulty candidate off within scrapes, and keeps a good one", () => {
    assert.equal(
      rolledBackS(
        "sluice",
        hourOf(() => 0.2),
      ),
      10,
    );
    assert.equal(
      rolledBackS(
        "sluice",
        hourOf(() => 0.001),
      ),
      undefined,
    );
  });

  it("finds the shift of two samples as R does", () => {
    const [x, y] = [
      [10, 20, 30, 40],
      [1, 2, 3, 4],
    ];
    assert.ok(Math.abs(findShift(x, y, QUANTILES[0.95]) - 6) < 1e-5);
    assert.ok(Math.abs(findShift(x, y, -QUANTILES[0.95]) - 39) < 1e-5);
    assert.equal(findShift(x, y, QUANTILES.estimate), 22.5);
    assert.equal(findShift([0, 0, 0, 1], [0, 0, 0, 1], QUANTILES.estimate), 0);
  });
});
