import { STACK } from "../release/world.ts";

/** Stacks that Argo releases, by each of its plans. */
export const metrics = { prometheus: "http://prometheus.monitoring:9090", scrapeInterval: "15s" };
export const CANARY = {
  app: STACK.app,
  router: STACK.router,
  strategy: { kind: "argo", replicas: 4 },
  metrics,
  release: STACK.release,
};
export const BLUE_GREEN = {
  ...CANARY,
  router: { kind: "selector", serviceType: "LoadBalancer" },
  strategy: { kind: "argo", plan: { kind: "blueGreen", autoPromotion: false } },
};
