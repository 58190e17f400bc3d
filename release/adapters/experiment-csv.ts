import { createReadStream } from "node:fs";
import { parse } from "csv-parse";
import { messageOf, UserError } from "../errors.ts";
import type { Observations } from "../experiment/analysis.ts";
import { NO_USERS, withUser, type Moments } from "../experiment/moments.ts";

/** So many bad rows are listed; the rest is counted. */
const LISTED = 20;

const CONVERTED: Readonly<Record<string, number>> = { "1": 1, true: 1, yes: 1, "0": 0, false: 0, no: 0 };

const COLUMNS = ["group", "converted", "value"] as const;
type Places = Readonly<Record<(typeof COLUMNS)[number], number>>;

interface Group {
  users: number;
  conversions: number;
  value: Moments;
}

/**
 * Reads an experiment's users from a CSV file, one row for each: columns `group` (A or B), `converted` (1 or 0) and `value`
 * (a number from 0 up, or empty where it is not known), at least one of the last two; others are passed over. The file is streamed.
 *
 * @throws UserError that lists the bad rows, up to a bound
 */
export async function readUsers(file: string): Promise<Observations> {
  const bad: string[] = [];
  let skipped = 0;
  const complain = (line: number, problem: string) => {
    if (bad.length < LISTED) bad.push(`  - line ${line}: ${problem}`);
    else skipped += 1;
  };
  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    relax_column_count: true,
    relax_quotes: true,
    info: true,
  });
  const input = createReadStream(file).on("error", (error) => parser.destroy(error));
  const groups: Record<"a" | "b", Group> = { a: startGroup(), b: startGroup() };
  let header: { readonly places: Places; readonly width: number } | undefined;
  try {
    for await (const { info, record } of input.pipe(parser) as AsyncIterable<Row>) {
      if (header === undefined) {
        header = { places: findColumns(file, record), width: record.length };
        continue;
      }
      const problem =
        record.length === header.width
          ? takeIn(groups, header.places, record)
          : `has ${record.length} fields, the first line ${header.width}`;
      if (problem !== undefined) complain(info.lines, problem);
    }
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (header === undefined) throw new UserError(`${file} is empty: its first line must name the columns.`);
  if (bad.length > 0) {
    const rest = skipped === 0 ? [] : [`  - and ${skipped} more`];
    throw new UserError(
      [`${file}: ${bad.length + skipped} bad rows; nothing was analysed`, ...bad, ...rest].join("\n"),
    );
  }
  return observe(groups, header.places);
}

interface Row {
  readonly info: { readonly lines: number };
  readonly record: readonly string[];
}

function startGroup(): Group {
  return { users: 0, conversions: 0, value: NO_USERS };
}

function findColumns(file: string, names: readonly string[]): Places {
  const known = names.map((name) => name.trim().toLowerCase());
  const [group, converted, value] = COLUMNS.map((column) => known.indexOf(column));
  const places: Places = { group: group ?? -1, converted: converted ?? -1, value: value ?? -1 };
  if (places.group >= 0 && Math.max(places.converted, places.value) >= 0) return places;
  throw new UserError(
    `${file}: the first line must name the columns group and converted or value, separated by commas; it is ${names.join(",")}`,
  );
}

/** @returns what is wrong with the row, which is not taken in then */
function takeIn(groups: Record<"a" | "b", Group>, places: Places, record: readonly string[]): string | undefined {
  const name = record[places.group]?.trim() ?? "";
  const key = name.toLowerCase();
  if (key !== "a" && key !== "b") return `group must be A or B (is ${JSON.stringify(name)})`;
  const [converted, value] = [record[places.converted]?.trim(), record[places.value]?.trim()];
  const conversions = converted === undefined ? 0 : CONVERTED[converted.toLowerCase()];
  if (conversions === undefined) return `converted must be 1 or 0 (is ${JSON.stringify(converted)})`;
  const number = value === undefined || value === "" ? undefined : Number(value);
  if (number !== undefined && !(number >= 0 && number < Infinity))
    return `value must be a number from 0 up (is ${JSON.stringify(value)})`;
  const group = groups[key];
  group.users += 1;
  group.conversions += conversions;
  if (number !== undefined) group.value = withUser(group.value, number);
  return undefined;
}

function observe({ a, b }: Readonly<Record<"a" | "b", Group>>, places: Places): Observations {
  return {
    users: { a: a.users, b: b.users },
    ...(places.converted < 0 ? {} : { conversion: { a, b } }),
    ...(places.value < 0 ? {} : { value: { a: a.value, b: b.value } }),
  };
}
