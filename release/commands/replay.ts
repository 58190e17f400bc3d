import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { messageOf, UserError } from "../errors.ts";
import type { ReleaseEvent } from "../events.ts";
import { releaseId } from "../record.ts";
import { readRecording } from "../replay/recording.ts";
import { replay } from "../replay/replay.ts";
import { changeSettings, writeSettings, type Written } from "../replay/settings.ts";
import { changeStages, writeStages } from "../replay/stages.ts";
import { FORMAT_VERSION } from "../report/json.ts";
import { describeDifference, listChanges, renderReplay, type Comparison } from "../report/replay-text.ts";
import { openView } from "../session.ts";
import { findEntry } from "./history.ts";

export interface ReplayOptions {
  readonly stack?: string;
  readonly project: string;
  readonly events?: string;
  readonly set?: readonly string[];
  readonly settings?: string;
  readonly json?: true;
}

/**
 * Runs the gate again over a recorded release.
 *
 * @throws UserError or ConfigError when there is no such release, or when the settings are wrong
 */
export async function computeReplay(release: string | undefined, options: ReplayOptions): Promise<string> {
  const recording = readRecording(await readEvents(release, options));
  const { stage = {}, ...gate } = await readChanges(options);
  const source = options.settings ?? "--set";
  const settings = changeSettings(recording, gate, source);
  const stages = changeStages(recording, stage, settings, source);
  const faithful = JSON.stringify(replay(recording, recording.settings).told) === JSON.stringify(recording.told);
  const changes = [
    ...listChanges(writeSettings(recording.settings), writeSettings(settings)),
    ...listChanges(writeStages(recording.plan.stages ?? []), {
      ...writeStages(recording.plan.stages ?? []),
      ...writeStages(stages),
    }),
  ];
  const comparison: Comparison = { recording, now: replay(recording, settings, stages), changes, faithful };
  if (options.json !== true) return renderReplay(comparison);
  const { app, candidate, stable } = recording.plan;
  const { evidence, thresholds, told } = comparison.now;
  return JSON.stringify({
    app,
    candidate: candidate.version,
    stable: stable.version,
    changes,
    faithful,
    difference: describeDifference(comparison),
    then: recording.told,
    now: told,
    evidence,
    thresholds,
  });
}

async function readEvents(release: string | undefined, options: ReplayOptions): Promise<readonly ReleaseEvent[]> {
  const { events: file, project, stack } = options;
  if (file !== undefined) return pick(splitReleases(await readEventFile(file)), release, file);
  if (stack === undefined)
    throw new UserError("Name the stack whose release it was by --stack, or a file by --events.");
  const entries = await (await openView({ project, stack })).archive.readAll();
  const entry = release === undefined ? entries[0] : findEntry(entries, release);
  if (entry === undefined) throw new UserError("No release is remembered.");
  return entry.events;
}

/** A file of events is appended to by each release. */
function splitReleases(events: readonly ReleaseEvent[]): readonly (readonly ReleaseEvent[])[] {
  const starts = events.flatMap(({ type }, i) => (type === "planned" ? [i] : []));
  return starts.map((start, i) => events.slice(start, starts[i + 1]));
}

function pick(
  releases: readonly (readonly ReleaseEvent[])[],
  name: string | undefined,
  file: string,
): readonly ReleaseEvent[] {
  const named = releases.map((events) => {
    const plan = events.find((event) => event.type === "planned");
    return { events, id: releaseId(plan?.at ?? 0), version: plan?.candidate.version };
  });
  const found = named.findLast(({ id, version }) => name === undefined || id === name || version === name);
  if (found !== undefined) return found.events;
  const known = named.map(({ id, version }) => `${id} (${version ?? "?"})`).join(", ");
  throw new UserError(
    `${file} holds no release${name === undefined ? "" : ` ${name}`}. There are: ${known || "none"}.`,
  );
}

async function readEventFile(file: string): Promise<readonly ReleaseEvent[]> {
  const lines = (await readText(file)).split("\n").filter((line) => line !== "");
  return lines.map((line, i) => {
    try {
      const { v, ...event } = JSON.parse(line) as ReleaseEvent & { readonly v: number };
      if (v === FORMAT_VERSION) return event;
    } catch {
      // Told below: whatever it is, it is no event.
    }
    throw new UserError(
      `${file}, line ${i + 1}: is no event of sluice (format ${FORMAT_VERSION}), see docs/events.md.`,
    );
  });
}

async function readChanges({ set = [], settings }: ReplayOptions): Promise<Written> {
  const file: unknown = settings === undefined ? {} : parseYaml(await readText(settings), settings);
  if (!isTree(file)) throw new UserError(`${settings ?? ""} must hold settings as "limit: 0.02", one a line.`);
  return set.reduce<Written>((changes, assignment) => {
    const [, section, path, value] = /^(gate|stage)\.([\w.]+)=(.*)$/s.exec(assignment) ?? [];
    if (path === undefined || value === undefined)
      throw new UserError(
        `--set ${assignment}: write it as gate.<setting>=<value>, for example gate.limit=0.02, or as ` +
          "stage.<weight>.minStepTime=<duration>.",
      );
    const keys = [...(section === "stage" ? [section] : []), ...path.split(".")];
    return put(changes, keys, parseYaml(value, `--set ${assignment}`));
  }, file);
}

function put(tree: Written, [key = "", ...rest]: readonly string[], value: unknown): Written {
  const below = tree[key];
  return { ...tree, [key]: rest.length === 0 ? value : put(isTree(below) ? below : {}, rest, value) };
}

function parseYaml(text: string, source: string): unknown {
  try {
    return parse(text) as unknown;
  } catch (error) {
    throw new UserError(`${source} is no YAML: ${messageOf(error)}`);
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`);
  }
}

function isTree(value: unknown): value is Written {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `sluice replay` */
export async function runReplay(release: string | undefined, options: ReplayOptions): Promise<void> {
  console.log(await computeReplay(release, options));
}
