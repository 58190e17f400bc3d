import type { App } from "../../config/app.ts";
import { serviceHost } from "../../config/names.ts";
import type { IstioRouter } from "../../config/router.ts";
import type { DestinationRuleSpec } from "../crds/istio.ts";

/** Only what no pod has begun to work on is sent again: safe for every method. */
export const RETRIES = { attempts: 2, retryOn: "connect-failure,refused-stream" };

/** A Service as the target of a route. */
export function destination(app: App, service: string) {
  return { host: serviceHost(app, service), port: { number: app.port } };
}

/** What holds for the connections to one Service: the router's pool and circuit breaking. */
export function renderDestinationRule(
  app: App,
  { connectionPool, outlierDetection }: IstioRouter,
  service: string,
): DestinationRuleSpec {
  const ms = (value: number) => `${value / 1_000}s`;
  const { connectTimeout, maxConnections, maxPendingRequests, maxRequestsPerConnection } = connectionPool;
  const http = {
    ...(maxPendingRequests === undefined ? {} : { http1MaxPendingRequests: maxPendingRequests }),
    ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
  };
  return {
    host: serviceHost(app, service),
    trafficPolicy: {
      connectionPool: {
        tcp: { connectTimeout: ms(connectTimeout), ...(maxConnections === undefined ? {} : { maxConnections }) },
        ...(Object.keys(http).length === 0 ? {} : { http }),
      },
      ...(outlierDetection === undefined
        ? {}
        : {
            outlierDetection: {
              consecutive5xxErrors: outlierDetection.consecutive5xx,
              interval: ms(outlierDetection.interval),
              baseEjectionTime: ms(outlierDetection.ejectionTime),
              maxEjectionPercent: outlierDetection.maxEjectionPercent,
            },
          }),
    },
  };
}
