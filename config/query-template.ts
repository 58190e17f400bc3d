import { parser } from "@prometheus-io/lezer-promql";
import { escapePattern } from "./metric-source.ts";

/** What a query may leave open: whose numbers they are, over which time, and at which share of the traffic. */
export interface QueryValues {
  readonly app: string;
  readonly namespace: string;
  readonly slot: string;
  readonly version: string;
  /** A duration as PromQL writes it. */
  readonly window: string;
  /** Percent of the traffic that the version gets. */
  readonly weight: number;
}

type Variable = keyof QueryValues;

/** What stands where a variable is, as long as it is only parsed: the same length, so that positions stay right. */
const FILLERS: Readonly<Record<Variable, string>> = {
  app: "x",
  namespace: "x",
  slot: "x",
  version: "x",
  window: "1s",
  weight: "1",
};

const VARIABLES = Object.keys(FILLERS) as Variable[];

/** What other tools call our variables. */
const ALIASES: Readonly<Record<string, Variable>> = { interval: "window", target: "app", name: "app", service: "app" };

/** A variable in a query, and how its value is written there. */
interface Hole {
  readonly variable: Variable;
  readonly from: number;
  readonly to: number;
  readonly write: (value: string) => string;
}

/** A query whose variables are known, each with the place it stands in. */
export interface QueryTemplate {
  readonly text: string;
  readonly holes: readonly Hole[];
}

/** Where a query is wrong, counted from 1, and how. */
export interface QueryFault {
  readonly line: number;
  readonly column: number;
  readonly problem: string;
}

type Node = ReturnType<ReturnType<typeof parser.parse>["resolveInner"]>;

/** Parses a PromQL query with variables (`{{ slot }}`), by the grammar of Prometheus' own editor. */
export function parseQuery(text: string): QueryTemplate | QueryFault {
  const found = [...text.matchAll(/\{\{([^{}]*)\}\}/g)].map((match) => ({
    name: (match[1] ?? "").trim(),
    from: match.index,
    to: match.index + match[0].length,
  }));
  const unknown = found.find(({ name }) => !isVariable(name));
  if (unknown !== undefined) return faultAt(text, unknown.from, describeUnknown(unknown.name));
  const filled = text.replace(/\{\{([^{}]*)\}\}/g, (whole, name: string) =>
    fill(name.trim() as Variable, whole.length),
  );
  const tree = parser.parse(filled);
  const broken = findError(tree.topNode);
  if (broken !== undefined) return faultAt(text, broken, describeSyntax(text, broken));
  const holes: Hole[] = [];
  for (const { name, from, to } of found) {
    const variable = name as Variable;
    const write = placeOf(tree.resolveInner(from, 1), variable, filled);
    if (write === undefined) return faultAt(text, from, describeMisplaced(variable));
    holes.push({ variable, from, to, write });
  }
  return { text, holes };
}

/** Puts the values into a query, each written so that it can only be what it stands for. */
export function renderQuery({ holes, text }: QueryTemplate, values: QueryValues): string {
  let at = 0;
  const parts = holes.map(({ from, to, variable, write }) => {
    const part = text.slice(at, from) + write(String(values[variable]));
    at = to;
    return part;
  });
  return parts.join("") + text.slice(at);
}

/** Whether the query asks for this variable. */
export function uses({ holes }: QueryTemplate, variable: Variable): boolean {
  return holes.some((hole) => hole.variable === variable);
}

/** Where a value is a text, a pattern or a number; `undefined` where it has no business. */
function placeOf(node: Node, variable: Variable, text: string): Hole["write"] | undefined {
  if (variable === "window" || variable === "weight") {
    return node.name.startsWith("NumberDurationLiteral") ? (value) => value : undefined;
  }
  if (node.name !== "StringLiteral") return undefined;
  const operator = node.parent?.getChild("MatchOp")?.firstChild?.name ?? "";
  const isPattern = operator === "EqlRegex" || operator === "NeqRegex";
  const quote = text.charAt(node.from);
  // Between backticks nothing is escaped, and no value has one.
  const escape = (value: string) =>
    quote === "`" ? value : value.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`);
  return (value) => escape(isPattern ? escapePattern(value) : value);
}

function fill(variable: Variable, length: number): string {
  const filler = FILLERS[variable];
  return filler === "x" ? filler.repeat(length) : filler.padEnd(length);
}

function isVariable(name: string): name is Variable {
  return (VARIABLES as readonly string[]).includes(name);
}

function findError(top: Node): number | undefined {
  let at: number | undefined;
  top.cursor().iterate((node) => {
    if (node.type.isError) at ??= node.from;
    return at === undefined;
  });
  return at;
}

function describeSyntax(text: string, at: number): string {
  const rest = text.slice(at).trim();
  if (text.trim() === "") return "is empty";
  if (rest === "") return "ends too early: a bracket or an operand is missing";
  const called = /([A-Za-z_:][\w:]*)\s*$/.exec(text.slice(0, at))?.[1];
  if (rest.startsWith("(") && called !== undefined) return `"${called}" is no function of PromQL`;
  return `unexpected ${JSON.stringify(rest.length > 20 ? `${rest.slice(0, 20)}…` : rest)}`;
}

function describeUnknown(name: string): string {
  const alias = ALIASES[name];
  const hint = alias === undefined ? `there are ${VARIABLES.join(", ")}` : `here it is called {{ ${alias} }}`;
  return `{{ ${name} }} is no variable: ${hint}`;
}

function describeMisplaced(variable: Variable): string {
  if (variable === "window") return "{{ window }} is a duration: write it where one stands, as in [{{ window }}]";
  if (variable === "weight") return "{{ weight }} is a number: write it where one stands, outside of quotes";
  return `{{ ${variable} }} is text: write it inside the quotes of a label's value`;
}

function faultAt(text: string, at: number, problem: string): QueryFault {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, problem };
}
