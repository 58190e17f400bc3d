import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

export const ROOT = path.resolve(import.meta.dirname, "../..");

/** All of the project's pages: README and what is below docs. */
export function readPages(): readonly { readonly file: string; readonly text: string }[] {
  const docs = readdirSync(path.join(ROOT, "docs"), { recursive: true, encoding: "utf8" });
  const files = [
    "README.md",
    "CHANGELOG.md",
    ...docs.filter((file) => file.endsWith(".md")).map((file) => `docs/${file}`),
  ];
  return files.map((file) => ({ file, text: readFileSync(path.join(ROOT, file), "utf8") }));
}

/** The TypeScript of these rooms and files, as one text. */
export function readSources(...places: readonly string[]): string {
  const files = places.flatMap((place) => {
    const at = path.join(ROOT, place);
    if (!statSync(at).isDirectory()) return [at];
    return readdirSync(at, { recursive: true, encoding: "utf8" }).map((file) => path.join(at, file));
  });
  return files
    .filter((file) => file.endsWith(".ts"))
    .map((file) => readFileSync(file, "utf8"))
    .join("\n");
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The tables of a page, cell by cell. */
export function tablesOf(page: string): readonly Table[] {
  return [...page.matchAll(/(?:^\|.*\|\n)+/gm)].map(([table]) => {
    const [header = [], , ...rows] = table
      .trimEnd()
      .split("\n")
      .map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map((cell) => cell.trim()),
      );
    return { header, rows };
  });
}

/** What is written as code within lines. */
export function codeIn(text: string): readonly string[] {
  return [...text.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
}

/** What is written as code in blocks, line by line. */
export function linesOfBlocks(page: string): readonly string[] {
  return [...page.matchAll(/^ *```\w*\n([\s\S]*?)^ *```/gm)].flatMap(([, block = ""]) => block.split("\n"));
}

/** The anchors of a page's headings, as code hosts make them. */
export function anchorsOf(page: string): readonly string[] {
  return [...page.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
