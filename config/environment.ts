import { z } from "zod";

/** The variables from which a JVM takes options: a second writer would undo the memory model of `jvm`. */
const OF_THE_JVM = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];

export const environmentName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

/** Environment variables of a container, by name. */
export const environment = z
  .record(environmentName, z.string())
  .default({})
  .superRefine((variables, ctx) => {
    for (const name of Object.keys(variables).filter(isOfTheJvm)) {
      ctx.addIssue({ code: "custom", path: [name], message: JVM_VARIABLE });
    }
  });

export const JVM_VARIABLE = "is written by workload.jvm: put further options into workload.jvm.options";

export function isOfTheJvm(name: string): boolean {
  return OF_THE_JVM.includes(name);
}
