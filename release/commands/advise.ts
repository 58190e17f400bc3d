import type { RouterKind } from "../../config/router.ts";
import { readStackFile, stackFilePath } from "../adapters/stack-file.ts";
import { renderAdvice, renderExcerpt } from "../advise-text.ts";
import { advise, situationOf, type Change } from "../advise.ts";

export interface AdviseOptions {
  readonly change: Change;
  readonly traffic?: number;
  readonly failing?: number;
  readonly statefulSessions?: true;
  readonly router?: RouterKind;
  readonly stack?: string;
  readonly project: string;
  readonly json?: true;
}

/** `sluice advise` */
export async function runAdvise({ json, project, stack, ...answers }: AdviseOptions): Promise<void> {
  const config = stack === undefined ? undefined : await readStackFile(stackFilePath(project, stack));
  const situation = situationOf(answers, config);
  const advice = advise(situation);
  console.log(
    json === true
      ? JSON.stringify({ ...advice, excerpt: renderExcerpt(advice, situation.router) })
      : renderAdvice(advice, situation.router),
  );
}
