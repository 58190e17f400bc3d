import type {
  Policies,
  PolicyConfigSchema,
  ReportViolation,
  ResourceValidationArgs,
  StackValidationArgs,
} from "@pulumi/policy";
import { z } from "zod";
import { judge, Review } from "./review.ts";
import type { Resource } from "./resource.ts";
import { CATALOGUE, type Rule } from "./rule.ts";
import { fromPulumi, stackOfUrn } from "./sources/pulumi.ts";

type Policy = Policies[number];

/** A rule as Pulumi runs it: on each object before it is written, or on the whole stack where an object does not tell all. */
export function asPolicy(rule: Rule): Policy {
  const { description, enforcement, id, remediation, severity } = rule;
  const text = {
    name: id,
    description,
    enforcementLevel: enforcement,
    severity,
    remediationSteps: remediation,
    url: `${CATALOGUE}#${id}`,
    tags: [rule.group.toLowerCase()],
    configSchema: configSchemaOf(rule),
  };
  if (rule.needs === "object") {
    return { ...text, validateResource: (args, report) => reviewObject(rule, args, report) };
  }
  return { ...text, validateStack: (args, report) => reviewStack(rule, args, report) };
}

/** What the rule can be told, as Pulumi checks it. */
export function configSchemaOf({ settings }: Rule): PolicyConfigSchema {
  const { properties } = z.toJSONSchema(settings, { io: "input", target: "draft-7" }) as PolicyConfigSchema;
  return { properties };
}

function reviewObject(rule: Rule, args: ResourceValidationArgs, report: ReportViolation): void {
  const { name, opts, props, type, urn } = args;
  const unknowns: unknown[] = [];
  const resource = isSubject(rule, type) ? makeResource({ name, opts, props, type, urn }, unknowns) : undefined;
  if (resource === undefined) return;
  tell(rule, [resource], new Review([resource], stackOfUrn(urn)), args.getConfig(), report, unknowns);
}

function reviewStack(rule: Rule, args: StackValidationArgs, report: ReportViolation): void {
  const unknowns: unknown[] = [];
  // Nothing is read before it is known that there is something to judge.
  if (!args.resources.some(({ type }) => isSubject(rule, type))) return;
  const resources = args.resources.map((each) => makeResource(each, unknowns)).filter((each) => each !== undefined);
  const review = new Review(resources, stackOfUrn(args.resources[0]?.urn ?? ""));
  tell(rule, review.all(...rule.kinds), review, args.getConfig(), report, unknowns);
}

function isSubject({ kinds }: Rule, type: string): boolean {
  return type.startsWith("kubernetes:") && kinds.includes(type.slice(type.lastIndexOf(":") + 1));
}

type Declared = Pick<ResourceValidationArgs, "name" | "props" | "type" | "urn"> & {
  readonly opts: Pick<ResourceValidationArgs["opts"], "ignoreChanges">;
};

/** Pulumi's refusals to show a value are kept: thrown again, they are reported as what they are. */
function makeResource({ name, opts, props, type, urn }: Declared, unknowns: unknown[]): Resource | undefined {
  return fromPulumi({ name, props, type, urn, ignoreChanges: opts.ignoreChanges }, (error) => {
    const isUnknown = error instanceof Error && "unknownTypeSentinel" in error;
    if (isUnknown) unknowns.push(error);
    return isUnknown;
  });
}

/**
 * Reports what a rule says. What it could not decide becomes Pulumi's own report of that, which is advisory whatever the
 * policy's level is.
 */
function tell(
  rule: Rule,
  subjects: readonly Resource[],
  review: Review,
  settings: unknown,
  report: ReportViolation,
  unknowns: readonly unknown[],
): void {
  const findings = subjects.flatMap((subject) => judge(rule, subject, review, settings));
  for (const { kind, message, resource } of findings) {
    if (kind === "violation") report(`${resource.title}: ${message}. ${rule.remediation}`, resource.source.urn);
  }
  const undecided = findings.filter(({ kind }) => kind === "undecided");
  const [refusal] = unknowns;
  if (undecided.length === 0 || !(refusal instanceof Error)) return;
  refusal.message = undecided.map(({ message, resource }) => `${resource.title}: ${message}`).join("; ");
  throw refusal;
}
