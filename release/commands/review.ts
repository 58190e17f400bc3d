import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { reviewAll, Review, type RuleConfig } from "../../policies/review.ts";
import { ENFORCEMENTS } from "../../policies/rule.ts";
import { RULES } from "../../policies/rules/all.ts";
import { messageOf, UserError } from "../errors.ts";
import { REVIEW_EXIT } from "../exit.ts";
import { readExported } from "../review/exported.ts";
import { readFiles, type ReadFiles } from "../review/manifests.ts";
import { isViolated, renderReport } from "../review/report.ts";
import { renderSarif } from "../review/sarif.ts";

export interface ReviewOptions {
  readonly project: string;
  readonly as?: string;
  readonly config?: string;
  readonly sarif?: string;
  readonly home?: string;
  readonly json?: true;
}

/** `sluice review <stack | files...>` */
export async function runReview(names: readonly string[], options: ReviewOptions): Promise<void> {
  const { resources, skipped, stack } = await read(names, options.project);
  const config = options.config === undefined ? {} : await readConfig(options.config);
  // Nobody has said where manifests belong: the strictest place.
  const name = options.as ?? stack ?? "production";
  const findings = explain(() => reviewAll(new Review(resources, name), RULES, config));
  if (options.sarif !== undefined) {
    const log = renderSarif(findings, RULES, `Pulumi.${name}.yaml`, options.home);
    await writeFile(options.sarif, `${JSON.stringify(log, undefined, 2)}\n`);
  }
  if (options.json === true) {
    for (const { enforcement, kind, message, resource, rule } of findings) {
      const { file, line, urn } = resource.source;
      console.log(
        JSON.stringify({
          policy: rule.id,
          severity: rule.severity,
          enforcement,
          kind,
          object: resource.title,
          message,
          urn,
          file,
          line,
        }),
      );
    }
  } else {
    console.log(renderReport(findings, { objects: resources.length, rules: RULES, skipped }));
  }
  process.exitCode = isViolated(findings) ? REVIEW_EXIT.violated : REVIEW_EXIT.passed;
}

/** @throws UserError when there is nothing to judge: that is not the same as nothing to complain of */
async function read(names: readonly string[], project: string): Promise<ReadFiles> {
  const found = await readAny(names, project);
  if (found.resources.length > 0) return found;
  const stack = names.map((name) => /^Pulumi\.(.+)\.ya?ml$/.exec(path.basename(name))?.[1]).find(Boolean);
  const hint = stack === undefined ? "" : ` A stack's settings are reviewed as what they make: sluice review ${stack}`;
  throw new UserError(`Nothing was reviewed: no object that a policy judges in ${names.join(", ")}.${hint}`);
}

async function readAny(names: readonly string[], project: string): Promise<ReadFiles> {
  const missing = names.filter((name) => !existsSync(name));
  const [stack] = missing;
  if (stack === undefined) return readFiles(names);
  if (names.length > 1) throw new UserError(`There is no file ${missing.join(", ")}.`);
  const { exportStack } = await import("../adapters/exported-stack.ts");
  const exported = readExported(await exportStack(project, stack));
  if (exported === undefined) throw new UserError(`Stack ${stack} has a state that this version does not understand.`);
  return { ...exported, stack, skipped: [] };
}

/** The file of `pulumi preview --policy-pack-config`: a level, or a level with settings, for each policy. */
const configSchema = z.record(
  z.string(),
  z.union([
    z.enum(ENFORCEMENTS).transform((enforcementLevel): RuleConfig => ({ enforcementLevel })),
    z.looseObject({ enforcementLevel: z.enum(ENFORCEMENTS).optional() }),
  ]),
);

async function readConfig(file: string): Promise<Readonly<Record<string, RuleConfig>>> {
  const problem = (text: string) => new UserError(`${file}: ${text}`);
  const text = await readFile(file, "utf8").catch(() => {
    throw problem("there is no such file");
  });
  const parsed = configSchema.safeParse(parseJson(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw problem(
      `${issue?.path.join(".") ?? ""}: write "mandatory", "advisory" or "disabled", or an object with enforcementLevel`,
    );
  }
  const known = ["all", ...RULES.map(({ id }) => id)];
  const unknown = Object.keys(parsed.data).find((name) => !known.includes(name));
  if (unknown !== undefined) throw problem(`there is no policy ${unknown}`);
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Settings of a policy that it does not take are the user's mistake. */
function explain<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new UserError(messageOf(error), { cause: error });
  }
}
