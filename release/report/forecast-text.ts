import type { Segment } from "../../config/audience.ts";
import { formatDuration } from "../../config/duration.ts";
import { liveVersion } from "../../config/release-state.ts";
import { FAULTS, type FaultForecast, type Forecast, type StageForecast } from "../forecast.ts";
import { candidateSlot, type Plan } from "../plan.ts";
import { describeTime } from "../windows.ts";
import { formatCount, formatShare } from "./format.ts";
import { wrap } from "./wrap.ts";

const WIDTH = 80;
const LABEL = 11;

/** What a forecast is about. */
export interface Subject {
  readonly app: string;
  readonly stack: string;
  readonly plan: Plan;
  readonly segments: readonly Segment[];
}

/** The forecast for a person, in 80 columns. */
export function renderForecast(forecast: Forecast, { app, plan, segments, stack }: Subject): string {
  const { from } = plan;
  const slot = candidateSlot(plan);
  return [
    `${app} ${liveVersion(from).version} (${from.live}) → ${plan.candidate.version} (${slot}) on stack ${stack}`,
    "",
    ...label("Traffic", describeTraffic(forecast)),
    ...describeHour(forecast).flatMap((line) => label("", line)),
    ...label("Time", describeLength(forecast)),
    ...(plan.windows.length === 0 ? [] : label("Window", describeOpening(forecast, plan))),
    ...(segments.length === 0 ? [] : label("Segments", describeSegments(segments))),
    "",
    ...renderStages(forecast),
    ...renderHoldback(plan),
    ...renderGuard(plan),
    ...forecast.warnings.flatMap((warning) => ["", ...indent("! ", warning)]),
  ].join("\n");
}

function describeTraffic({ traffic }: Forecast): string {
  if (traffic === undefined) return "not known";
  const { failing, overMs, rps } = traffic;
  return `${rps >= 10 ? formatCount(rps) : shorten(rps)} requests/s on stable, ${formatShare(failing)} failing (over ${formatDuration(overMs)})`;
}

/** What of stable's last hour bears on what can be seen. */
function describeHour({ hour: { dispersion = 1, incidentMs } = {} }: Forecast): readonly string[] {
  return [
    ...(dispersion > 1
      ? [`failures come ${dispersion.toFixed(1)} at once: it takes as many times more to see a fault, as told below`]
      : []),
    ...(incidentMs === undefined
      ? []
      : [`its last hour was an incident for ${formatDuration(incidentMs)}, which is left out`]),
  ];
}

function describeLength({ expectedMs, leastMs, mostMs }: Forecast): string {
  const bounds = `at least ${formatDuration(leastMs)}, at most ${formatDuration(mostMs)}`;
  const good = expectedMs === undefined ? "" : `${formatDuration(expectedMs)} for a version as good as stable; `;
  return `${good}${bounds} (pauses, and what Pulumi and the pods take, come on top)`;
}

function describeOpening({ opening }: Forecast, { windows }: Plan): string {
  if (!opening.open) return `closed, opens ${describeTime(opening.opensAt, windows)}`;
  return opening.closesAt === undefined ? "open" : `open until ${describeTime(opening.closesAt, windows)}`;
}

function describeSegments(segments: readonly Segment[]): string {
  const of = (side: Segment["goesTo"]) => segments.filter(({ goesTo }) => goesTo === side).map(({ name }) => name);
  const [first, never] = [of("candidate"), of("stable")];
  return [
    ...(first.length === 0 ? [] : [`${first.join(", ")} before the first stage`]),
    ...(never.length === 0 ? [] : [`${never.join(", ")} only after the promotion`]),
  ].join("; ");
}

function renderStages({ bakeMs, stages, traffic }: Forecast): readonly string[] {
  const known = traffic !== undefined && traffic.rps > 0;
  const faults = FAULTS.map((fault) => `${fault * 100} %`.padStart(6).padEnd(13)).join("");
  const last = stages.at(-1)?.weight ?? 100;
  return [
    ...(known
      ? [
          "A version that fails in this share of its requests, from that stage on, is taken",
          "off after this time / with so many failed (! later than the stage may last):",
          "",
        ]
      : []),
    `${"stage".padEnd(7)}${"to it".padEnd(8)}${"stays".padEnd(11)}${known ? faults : ""}`.trimEnd(),
    ...stages.flatMap((stage) => renderStage(stage, known)),
    `bake   ${"".padEnd(8)}${compact(bakeMs).padEnd(11)}${" ".repeat(2)}with the gate on, at ${last} %`,
  ];
}

function renderHoldback({ holdback }: Plan): readonly string[] {
  return holdback === undefined ? [] : [`100 %${" ".repeat(23)}the last ${holdback} % follow, and are seen there`];
}

function renderGuard({ guardMs, keepWarm }: Plan): readonly string[] {
  if (guardMs === 0) return [];
  const old = keepWarm ? "the old version warm, also after it" : "the old version warm until its end";
  return [`guard  ${"".padEnd(8)}${compact(guardMs).padEnd(11)}${" ".repeat(2)}with the gate on, ${old}`];
}

function renderStage(stage: StageForecast, known: boolean): readonly string[] {
  const { approval, faults, maxStepTimeMs, minStepTimeMs, rps, weight } = stage;
  const rate = rps === undefined ? "" : `${shorten(rps)}/s`;
  const stays =
    minStepTimeMs === maxStepTimeMs ? compact(minStepTimeMs) : `${compact(minStepTimeMs)}–${compact(maxStepTimeMs)}`;
  const cells = known ? faults.map(renderFault).join("") : "";
  const row = `${`${weight} %`.padStart(5).padEnd(7)}${rate.padEnd(8)}${stays.padEnd(11)}${cells}`.trimEnd();
  if (approval === undefined) return [row];
  const silence = approval.onTimeout === "approve" ? "approved" : "rejected";
  return [
    `       waits for an approval; ${silence} after ${formatDuration(approval.timeoutMs)} without an answer`,
    row,
  ];
}

function renderFault({ failedRequests, inTime, seenAfterMs }: FaultForecast): string {
  if (seenAfterMs === undefined || failedRequests === undefined) return "never".padStart(6).padEnd(13);
  return `${compact(seenAfterMs).padStart(6)} / ${shorten(failedRequests)}${inTime ? "" : "!"}`.padEnd(13);
}

/** A number in at most four characters: `<.01`, `0.5`, `13`, `12k`, `3M`. */
function shorten(value: number): string {
  if (value > 0 && value < 0.01) return "<.01";
  if (value < 10) return String(Number(value.toPrecision(2)));
  if (value < 1_000) return String(Math.round(value));
  return value < 999_500 ? `${Number((value / 1_000).toPrecision(2))}k` : `${Number((value / 1e6).toPrecision(2))}M`;
}

/** A time without spaces, to the precision that a forecast has: `8s`, `1m40s`, `12m`, `5h8m`, `3d`. */
function compact(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes < 10) return `${minutes}m${rest === 0 ? "" : `${rest}s`}`;
  if (minutes < 60) return `${minutes}m`;
  const [hours, more] = [Math.floor(minutes / 60), minutes % 60];
  if (hours >= 10 && hours < 48) return `${hours}h`;
  if (hours < 10) return `${hours}h${more === 0 ? "" : `${more}m`}`;
  return `${Math.round(hours / 24)}d`;
}

function label(name: string, text: string): readonly string[] {
  return indent(name.padEnd(LABEL), text);
}

function indent(first: string, text: string): readonly string[] {
  return wrap(text, WIDTH - first.length).map((line, i) => `${i === 0 ? first : " ".repeat(first.length)}${line}`);
}
