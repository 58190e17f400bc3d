import { metricSource, type Measured } from "../../config/metric-presets.ts";
import type { Gate } from "../../config/gate.ts";
import type { Metrics } from "../../config/metrics.ts";
import type { MetricSource } from "../../config/metric-source.ts";
import type { Observability } from "../../config/observability.ts";
import type { ReleaseState } from "../../config/release-state.ts";

/** What must be known of a service to watch it: sections of its stack. */
export interface Observed extends Measured {
  /** Where its requests are counted; needed by whatever speaks of requests. */
  readonly metrics?: Metrics | undefined;
  readonly gate: Pick<Gate, "limit">;
  readonly observability: Observability;
  readonly release: ReleaseState;
}

/** A rate must see four scrapes: two may be missed, and there is still one. */
const SCRAPES_PER_WINDOW = 4;

/** Where requests are counted, and how long a rate over them must be, in ms. */
export interface Counting {
  readonly source: MetricSource;
  readonly scrapeInterval: number;
  readonly window: number;
}

/** @throws RangeError when the stack has no metrics; the schema refuses that */
export function countingOf(observed: Observed): Counting {
  const { metrics } = observed;
  if (metrics === undefined) throw new RangeError(`${observed.app.name} is to be watched without metrics: not parsed`);
  const { scrapeInterval } = metrics;
  return { source: metricSource(observed), scrapeInterval, window: SCRAPES_PER_WINDOW * scrapeInterval };
}
