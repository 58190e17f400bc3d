import * as pulumi from "@pulumi/pulumi";
import { AlertRules } from "./alert-rules.ts";
import { Dashboard } from "./dashboard.ts";
import type { Observed } from "./internal/observed.ts";
import { Monitor } from "./monitors.ts";

/** What is declared for those who watch a service; each part only when the stack asks for it. */
export class Observability extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Observability";

  constructor(name: string, observed: Observed, opts: pulumi.ComponentResourceOptions) {
    super(Observability.__pulumiType, name, {}, opts);
    const { dashboard, monitor, rules } = observed.observability;
    if (rules) new AlertRules(`${name}-alerts`, observed, { parent: this });
    if (monitor !== "none") new Monitor(`${name}-monitor`, { ...observed, kind: monitor }, { parent: this });
    if (dashboard) new Dashboard(`${name}-dashboard`, observed, { parent: this });
    this.registerOutputs({});
  }
}

/** Whether the stack asks for anything of it. */
export function isObserved({ observability: { dashboard, monitor, rules } }: Pick<Observed, "observability">): boolean {
  return rules || dashboard || monitor !== "none";
}
