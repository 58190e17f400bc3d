import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { renderRules } from "../../../components/alert-rules.ts";
import { renderPanels } from "../../../components/internal/dashboard-panels.ts";
import type { MetricPreset } from "../../../config/metrics.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { STACK } from "../../release/world.ts";
import { candidateScenarios } from "./rules/candidate-scenarios.ts";
import { renderTest, type Scenario } from "./rules/scenario.ts";
import { CLUSTER_PRESETS, SCRAPE_S } from "./rules/series.ts";
import { workloadScenarios } from "./rules/workload-scenarios.ts";
import { command, withDirectory } from "../../../lab/run-cli.ts";

const slot = (version: string) => ({ version, image: `checkout:${version}`, replicas: 2 });
const both = { live: "blue", candidate: "green", weight: 10, serial: 3, blue: slot("1.0.0"), green: slot("1.1.0") };
const alone = { live: "blue", serial: 1, blue: slot("1.0.0") };
const hosts = ["checkout.example.com"];
const routers: Readonly<Partial<Record<MetricPreset, object>>> = {
  gateway: { kind: "gateway", hosts, gateways: ["gateways/public"], countSlots: true },
  ingressNginx: { kind: "ingressNginx", hosts },
};

function stack(changes: Record<string, unknown>): StackConfig {
  const observability = { rules: true, runbook: "https://example.com/runbook" };
  return parseStackConfig({ ...STACK, release: both, observability, ...changes }, "test");
}

function stackOf(preset: MetricPreset): StackConfig {
  const metrics = { ...STACK.metrics, scrapeInterval: `${SCRAPE_S}s`, preset };
  return stack({ router: routers[preset] ?? STACK.router, metrics });
}

type Rules = readonly { readonly alert?: string; readonly record?: string }[];

/** Prometheus' own tool takes the rules, finds nothing to object to, and sees them fire and clear. */
async function prove(rules: Rules, scenarios: readonly Scenario[] = []): Promise<void> {
  const alerts = rules.map(({ alert }) => alert ?? "");
  await withDirectory(async (directory) => {
    const file = path.join(directory, "rules.json");
    await writeFile(file, JSON.stringify({ groups: [{ name: "sluice", rules }] }));
    const checked = await command("promtool", ["check", "rules", "--lint=all", "--lint-fatal", file]);
    assert.equal(checked.code, 0, checked.stdout + checked.stderr);
    const testFile = path.join(directory, "tests.json");
    const tests = scenarios.map((scenario) => renderTest(scenario, alerts));
    await writeFile(testFile, JSON.stringify({ rule_files: [file], evaluation_interval: `${SCRAPE_S}s`, tests }));
    const tested = await command("promtool", ["test", "rules", testFile]);
    assert.equal(tested.code, 0, tested.stdout + tested.stderr);
  });
}

function alertsOf(observed: StackConfig): Rules {
  return renderRules(observed).groups?.flatMap(({ rules = [] }) => rules) ?? [];
}

/** The dashboard's expressions, as Prometheus takes rules. */
function dashboardRules(observed: StackConfig): Rules {
  const expressions = renderPanels(observed).flatMap(({ lines }) => lines.map(({ expr }) => expr));
  return expressions.map((expr, i) => ({ record: `panel:${i}`, expr: expr.replaceAll("$__rate_interval", "1m") }));
}

describe("alert rules, by promtool", () => {
  for (const preset of CLUSTER_PRESETS) {
    it(`fire and clear for a candidate, and never without traffic: ${preset}`, () =>
      prove(alertsOf(stackOf(preset)), candidateScenarios(preset)));
  }

  const deployments = { metric: "kube_deployment_status_replicas", label: "deployment" } as const;
  const rollouts = { metric: "rollout_info_replicas", label: "name" } as const;
  const rolling = { strategy: { kind: "rolling" }, router: { kind: "selector" }, release: alone };
  for (const [what, observed, maker] of [
    ["the live slot", stackOf("envoy"), { ...deployments, name: "checkout-blue" }],
    ["a rolling Deployment", stack(rolling), { ...deployments, name: "checkout" }],
    ["a Rollout", stack({ strategy: { kind: "argo" }, release: alone }), { ...rollouts, name: "checkout" }],
  ] as const) {
    it(`fire and clear for the pods of ${what}`, () => prove(alertsOf(observed), workloadScenarios(maker)));
  }

  for (const [what, observed] of [
    ...CLUSTER_PRESETS.map((preset) => [preset, stackOf(preset)] as const),
    ["versions without slots", stack(rolling)] as const,
  ]) {
    it(`and the dashboard's expressions are PromQL: ${what}`, () => prove(dashboardRules(observed)));
  }
});
