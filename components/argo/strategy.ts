import type { App } from "../../config/app.ts";
import type { Argo, ArgoBlueGreenPlan, ArgoCanaryPlan } from "../../config/argo-strategy.ts";
import { seconds } from "../../config/duration.ts";
import type { Metrics } from "../../config/metrics.ts";
import { serviceNames } from "../../config/names.ts";
import type { RolloutSpec } from "../crds/argo.ts";
import { analysisArgs, analysisNames, NO_URIS } from "./analysis.ts";
import { WEIGHTED_ROUTE, weightsName } from "./routes.ts";

type RolloutStrategy = NonNullable<RolloutSpec["strategy"]>;

/** What both plans share: the new version's pods keep away from the nodes of the old one's, where they can. */
function common({ scaleDownDelay }: Argo) {
  return {
    scaleDownDelaySeconds: seconds(scaleDownDelay),
    antiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: { weight: 100 } },
  };
}

/** How Argo moves the traffic: the `strategy` of a Rollout. */
export function renderStrategy(app: App, strategy: Argo, metrics: Metrics): RolloutStrategy {
  const analyse = (ignoredUris?: string) => {
    const args = analysisArgs(strategy, metrics, ignoredUris);
    const templates = analysisNames(app).map((templateName) => ({ templateName }));
    return { templates, ...(args.length > 0 ? { args } : {}) };
  };
  const { plan } = strategy;
  return plan.kind === "canary"
    ? { canary: { ...common(strategy), ...renderCanary(app, plan, analyse) } }
    : { blueGreen: { ...common(strategy), ...renderBlueGreen(app, plan, analyse) } };
}

/** Makes the reference to the templates, for one analysis. */
type Analyse = (ignoredUris?: string) => { templates: { templateName: string }[] };

/**
 * For as long as an aborted version has pods, Argo (1.10, issue 3078) changes the selector of its Service back and forth,
 * many times a second, and istiod holds every push back until an object rests, up to 10 s: the abort itself comes late.
 * So the pods go at once; they drain, and those who still reach them are answered. (0 would keep them for ever.)
 */
const ABORT_SCALE_DOWN_DELAY_S = 1;

function renderCanary(
  app: App,
  { analyseFromStep, steps }: ArgoCanaryPlan,
  analyse: Analyse,
): NonNullable<RolloutStrategy["canary"]> {
  return {
    stableService: serviceNames.live(app),
    canaryService: serviceNames.preview(app),
    trafficRouting: { istio: { virtualService: { name: weightsName(app), routes: [WEIGHTED_ROUTE] } } },
    abortScaleDownDelaySeconds: ABORT_SCALE_DOWN_DELAY_S,
    steps: steps.flatMap(({ pause, weight }) => [{ setWeight: weight }, { pause: { duration: `${seconds(pause)}s` } }]),
    // Argo counts from 0, and a weight and its pause as two. The analysis begins with the pause: before it, the weight
    // waits for pods, and there is nothing to measure.
    analysis: { ...analyse(), startingStep: 2 * analyseFromStep - 1 },
  };
}

function renderBlueGreen(
  app: App,
  { autoPromotion }: ArgoBlueGreenPlan,
  analyse: Analyse,
): NonNullable<RolloutStrategy["blueGreen"]> {
  return {
    activeService: serviceNames.live(app),
    previewService: serviceNames.preview(app),
    autoPromotionEnabled: autoPromotion,
    // Before the switch the probes may be all that sends requests; after it users do, and only they count.
    prePromotionAnalysis: analyse(NO_URIS),
    postPromotionAnalysis: analyse(),
  };
}
