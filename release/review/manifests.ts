import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { LineCounter, parseAllDocuments } from "yaml";
import { isTree, listAt, textAt } from "../../policies/reading/read.ts";
import { groupOf, isReviewed, Resource } from "../../policies/resource.ts";
import { messageOf, UserError } from "../errors.ts";
import { readExported } from "./exported.ts";

/** What files hold. */
export interface ReadFiles {
  readonly resources: readonly Resource[];
  /** The stack of an exported state among them. */
  readonly stack?: string;
  /** Files of a directory that are no manifests: templates, above all. */
  readonly skipped: readonly string[];
}

const EXTENSIONS = [".yaml", ".yml", ".json"];

/**
 * Reads manifests (YAML of any number of documents, JSON, lists) and exported states. Directories are read with all below.
 *
 * @throws UserError when a file that is named cannot be read
 */
export async function readFiles(paths: readonly string[]): Promise<ReadFiles> {
  const named = await Promise.all(paths.map(listFiles));
  const read = await Promise.all(named.flat().map(readOne));
  const stack = read.find((each) => each.stack !== undefined)?.stack;
  return {
    resources: read.flatMap(({ resources }) => resources),
    skipped: read.flatMap(({ skipped }) => skipped),
    ...(stack === undefined ? {} : { stack }),
  };
}

interface Listed {
  readonly file: string;
  /** Whether it was found in a directory, among others that may be anything. */
  readonly isFound: boolean;
}

async function listFiles(place: string): Promise<readonly Listed[]> {
  if (!(await stat(place)).isDirectory()) return [{ file: place, isFound: false }];
  const names = await readdir(place, { recursive: true });
  return names
    .filter((name) => EXTENSIONS.includes(path.extname(name)))
    .toSorted()
    .map((name) => ({ file: path.join(place, name), isFound: true }));
}

async function readOne({ file, isFound }: Listed): Promise<ReadFiles> {
  try {
    const text = await readFile(file, "utf8");
    const lines = new LineCounter();
    const documents = parseAllDocuments(text, { lineCounter: lines, logLevel: "silent" });
    const exported = path.extname(file) === ".json" ? readExported(documents[0]?.toJS()) : undefined;
    if (exported !== undefined) return { ...exported, skipped: [] };
    const resources = documents.flatMap((document) => {
      const [problem] = document.errors;
      if (problem !== undefined) throw problem;
      const contents = document.contents as { readonly range: readonly number[] } | null;
      const { line } = lines.linePos(contents?.range[0] ?? 0);
      return expand(document.toJS()).map((body) => makeResource(body, file, line));
    });
    return { resources: resources.filter((resource) => resource !== undefined), skipped: [] };
  } catch (error) {
    if (isFound) return { resources: [], skipped: [file] };
    throw new UserError(`${file} cannot be read: ${messageOf(error).split("\n")[0] ?? ""}`, { cause: error });
  }
}

/** The objects of a document, which may be a list of them. */
function expand(content: unknown): readonly unknown[] {
  return textAt(content, "kind")?.endsWith("List") === true ? listAt(content, "items").flatMap(expand) : [content];
}

function makeResource(body: unknown, file: string, line: number): Resource | undefined {
  const kind = textAt(body, "kind");
  const apiGroup = groupOf(textAt(body, "apiVersion") ?? "");
  if (kind === undefined || !isTree(body) || !isReviewed(apiGroup, kind)) return undefined;
  return new Resource({ apiGroup, kind, file, line }, () => body);
}
