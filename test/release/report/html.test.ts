import assert from "node:assert/strict";
import { renderReport } from "../../../release/report/html.ts";
import { readable, rowsOf, textsOf } from "./page.ts";
import { PROMOTED, REFUSED, ROLLED_BACK, SILENT } from "./stories.ts";

const headingsOf = (page: string) => textsOf(page, /<h[23]>([^]*?)<\/h[23]>/g);

describe("HTML report", () => {
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

  it("begins with the verdict", () => {
    assert.deepEqual(textsOf(rolledBack, /<h1>([^]*?)<\/h1>/g), [
      "Version 1.2.0 was rolled back within 4.2 s of its first failing request",
    ]);
    assert.deepEqual(textsOf(rolledBack, /<title>([^]*?)<\/title>/g), textsOf(rolledBack, /<h1>([^]*?)<\/h1>/g));
    assert.deepEqual(textsOf(rolledBack, /<p class="subject">([^]*?)<\/p>/g), [
      "Release of shop on stack production · 2026-03-01 12:00:00 UTC",
    ]);
  });

  it("gives the key figures", () => {
    const figures = (page: string) => textsOf(page, /<div>(<p class="name">[^]*?)<\/div>/g);
    assert.deepEqual(figures(rolledBack.replaceAll("</p><p", "</p> <p")), [
      "Duration 23 s from plan to end",
      "Candidate 1.2.0 9 failing of 60 requests (15 %)",
      "Stable 1.0.0 1 failing of 1,140 requests (0.09 %)",
      "Weight at the verdict 5 % of 5 → 50 → 100 %",
      "First failure to verdict ≤ 4.2 s detection",
      "Verdict to traffic back 0.31 s all on stable",
    ]);
    assert.deepEqual(figures(refused.replaceAll("</p><p", "</p> <p")), [
      "Duration 12 s from plan to end",
      "Candidate 1.4.0 no traffic from users",
      "Checks 1 of 2 passed before any traffic",
    ]);
  });

  it("says why, with the evidence and what it took", () => {
    assert.deepEqual(textsOf(rolledBack, /<p class="reason">([^]*?)<\/p>/g), [
      "Fails more than 1.25 times as often as stable.",
    ]);
    assert.deepEqual(rowsOf(rolledBack, "Why"), [
      ["worse than stable its odds of failing are over 1.25 times stable's", "4,500 : 1", "200 : 1", "", "shown"],
      [
        "above the ignorable it fails more than 0.1 %, below which it would be ignored",
        "> 1 million : 1",
        "200 : 1",
        "",
        "shown",
      ].map((cell) => cell.replace("> 1", "&gt; 1")),
      ["above the limit it fails more than 1 %", "150 : 1", "200 : 1", "", "not shown"],
      ["proved below the limit it fails less than 1 %", "< 0.1 : 1", "20 : 1", "", "not shown"],
    ]);
    assert.deepEqual(textsOf(promoted, /<p class="reason">([^]*?)<\/p>/g), [
      "Nothing showed it to be worse than stable; it was proved to fail less than the limit of 1 %.",
    ]);
    assert.match(promoted, /before\/after: not at the same time/);
  });

  it("lists the steps", () => {
    assert.deepEqual(rowsOf(promoted, "Steps"), [
      ["5 %", "0:11.0", "2.1 s", "2 s", "4.9 %", "15 s", "40", "0", "1 (0.13 %)", "advanced to 50 %"],
      [
        "50 %",
        "0:30.0",
        "2.1 s",
        "2 s",
        "50 %",
        "16 s",
        "400",
        "2 (0.5 %)",
        "1 (0.25 %)",
        "held 12 s, advanced to 100 %",
      ],
      ["100 %", "0:50.0", "2.1 s", "2 s", "100 %", "15 s", "400", "0", "–", "baked 30 s, promoted"],
    ]);
    assert.deepEqual(rowsOf(rolledBack, "Steps"), [
      ["5 %", "0:11.0", "2.1 s", "2 s", "5 %", "6.2 s", "60", "9 (15 %)", "1 (0.09 %)", "rolled back"],
    ]);
  });

  it("lists the checks, the events and the parameters", () => {
    assert.deepEqual(rowsOf(refused, "Checks before traffic"), [
      ["GET /health", "✔ passed", "20 of 20", "–"],
      ["GET /orders", "✖ failed", "3 of 20", "status 500 instead of 200"],
    ]);
    assert.deepEqual(rowsOf(refused, "What happened").slice(-4), [
      ["0:09.0", "▼", "giving up: checks before any traffic: GET /orders failed 17 of 20 times"],
      ["0:09.2", "✔", "all traffic is on stable (serial 13), after 0.18 s"],
      ["0:12.0", "✔", "stack and cluster agree, after 2.8 s"],
      ["0:12.0", "✖", "refused after 12 s; candidate no requests, stable no requests (exit 2)"],
    ]);
    assert.match(readable(promoted), /Not listed: the 5 samples that the charts show\./);
    const parameters = rowsOf(refused, "Parameters").map(([name, value]) => `${name ?? ""} ${value ?? ""}`);
    assert.deepEqual(parameters, [
      "weights 5 → 50 → 100 %",
      "minStepTime 15 s",
      "maxStepTime 10 m",
      "bake 30 s",
      "limit 1 %",
      "tolerate 1.25 ×",
      "ignoreBelow 0.1 %",
      "falseAlarm 1 %",
      "roll back 200 : 1",
      "over the limit 200 : 1",
      "corroborate 20 : 1",
      "hold 10 : 1",
      "prove 20 : 1",
    ]);
  });

  it("has its sections in the order in which they are asked for", () => {
    const charts = ["Weight of the candidate", "Requests per second", "Failing share"];
    assert.deepEqual(headingsOf(rolledBack), [
      "Why",
      "What was measured",
      ...charts,
      "Evidence against the candidate",
      "Evidence for the candidate",
      "Steps",
      "Checks before traffic",
      "What happened",
      "Parameters",
      "How to read this",
    ]);
  });

  it("draws nothing where no traffic was moved, and only the weight where nothing was measured", async () => {
    assert.equal(refused.includes("<figure"), false);
    const unseen = SILENT.filter(({ type }) => type !== "sampled");
    const page = await renderReport(unseen);
    assert.equal(page.match(/<figure>/g)?.length, 1);
    assert.match(page, /No requests were measured: there is nothing more to plot\./);
  });

  it("marks the same moment at the same place on every chart", () => {
    const svgs = rolledBack.match(/<svg viewBox[^]*?<\/svg>/g) ?? [];
    assert.equal(svgs.length, 5);
    const places = svgs.map((svg) => [
      /viewBox="0 0 (\d+)/.exec(svg)?.[1],
      /transform="translate\((\d+),8\)"/.exec(svg)?.[1],
      ...[...svg.matchAll(/<line transform="translate\(([\d.]+),0\)" x2="0" y2="\d+" stroke="var\(--bad\)"/g)].map(
        ([, x]) => Number(x).toFixed(2),
      ),
    ]);
    const at = (seconds: number) => ((seconds / 23) * 912).toFixed(2);
    assert.deepEqual(
      places,
      svgs.map(() => ["1080", "56", at(19.51), at(19.2)]),
    );
  });

  it("draws the thresholds with their names", () => {
    assert.deepEqual(
      textsOf(
        rolledBack,
        /<text text-anchor="start"[^>]*fill="var\(--(?:bad|pass|muted)\)">([^<]*[a-z][^<]*)<\/text>/g,
      ),
      ["limit 1 %", "roll back at 200", "hold from 10", "proved at 20"],
    );
  });
});
