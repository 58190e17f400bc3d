import { containersOf, variableOf } from "./pods.ts";
import { listAt, type Tree } from "./read.ts";
import type { Resource } from "../resource.ts";

/** Variables and arguments by which a JVM gets its options, in the order in which it reads them: the last one wins. */
const VARIABLES = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "_JAVA_OPTIONS"];

/** A container that runs a JVM, with the options that it is given in the open. */
export interface Jvm {
  readonly container: Tree;
  readonly options: readonly string[];
}

/** The containers whose options are known to be those of a JVM. */
export function jvmsOf(resource: Resource): readonly Jvm[] {
  return containersOf(resource).flatMap((container) => {
    const variables = VARIABLES.flatMap((name) => split(variableOf(container, name) ?? ""));
    const words = [...listAt(container, "command"), ...listAt(container, "args")].filter(
      (word) => typeof word === "string",
    );
    const isJava = words.some((word) => /(^|\/)java$/.test(word));
    const given = isJava ? words.filter((word) => word.startsWith("-X")) : [];
    const options = [...variables, ...given];
    return options.length === 0 ? [] : [{ container, options }];
  });
}

function split(text: string): readonly string[] {
  return text.split(/\s+/).filter((word) => word.startsWith("-"));
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** The size in bytes that an option like `-Xmx512m` or `-XX:MaxMetaspaceSize=128m` gives last. */
export function sizeOf({ options }: Jvm, ...prefixes: readonly string[]): number | undefined {
  const found = options.findLast((option) => prefixes.some((prefix) => option.startsWith(prefix)));
  const prefix = prefixes.find((each) => found?.startsWith(each));
  const [, amount, unit = ""] = /^(\d+)([kmgt]?)$/.exec(found?.slice(prefix?.length).toLowerCase() ?? "") ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNITS[unit] ?? 1);
}

/** Whether a flag is on or off at the end; `undefined` where nothing is said. */
export function flagOf({ options }: Jvm, name: string): boolean | undefined {
  const found = options.findLast((option) => option === `-XX:+${name}` || option === `-XX:-${name}`);
  return found === undefined ? undefined : found.startsWith("-XX:+");
}

/** The number that an option like `-XX:MaxRAMPercentage=75` gives last. */
export function numberOf({ options }: Jvm, name: string): number | undefined {
  const value = options.findLast((option) => option.startsWith(`-XX:${name}=`))?.split("=")[1];
  const number = Number(value);
  return value === undefined || !Number.isFinite(number) ? undefined : number;
}
