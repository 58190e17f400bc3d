import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import { versionToContract, versionToExpand } from "../config/database-order.ts";
import type { Database } from "../config/database.ts";
import type { ReleaseState, SlotState } from "../config/release-state.ts";
import type { Secrets } from "../config/secrets.ts";
import type { StrategyKind } from "../config/strategy.ts";
import type { Workload } from "../config/workload.ts";
import { DatabaseContraction } from "./database-contraction.ts";
import { DatabaseExpansion } from "./database-expansion.ts";

export interface DatabaseChangeArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the ServiceAccount of the service's pods, which the Jobs share. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Without it nothing is declared. */
  readonly database: Database | undefined;
  readonly state: ReleaseState;
  readonly strategy: StrategyKind;
}

/** What has to happen to the database before a version's pods exist. */
export interface Expansion {
  readonly component: DatabaseExpansion;
  /** What the pods of a version come after: nothing, unless it is the one that the database is expanded for. */
  before(version: SlotState): pulumi.Resource[];
}

/** Declares the Jobs that come before the version under release. */
export function declareExpansion(
  name: string,
  { database, state, strategy, ...common }: DatabaseChangeArgs,
  opts: pulumi.ComponentResourceOptions,
): Expansion | undefined {
  if (database === undefined) return undefined;
  const expanded = versionToExpand(state, strategy);
  const component = new DatabaseExpansion(name, { ...common, database, version: expanded }, opts);
  return { component, before: (version) => (version === expanded ? [component] : []) };
}

/** Declares the Job that comes after everything else, once it is approved. */
export function declareContraction(
  name: string,
  { database, state, ...common }: DatabaseChangeArgs,
  expansion: Expansion | undefined,
  opts: pulumi.ComponentResourceOptions,
): void {
  const version = database === undefined ? undefined : versionToContract(database, state);
  if (database?.contract === undefined || version === undefined || expansion === undefined) return;
  const { settings } = expansion.component;
  new DatabaseContraction(name, { ...common, job: database.contract, settings, version }, opts);
}
