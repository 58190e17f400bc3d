import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { EXIT } from "../../release/exit.ts";
import { anchorsOf, codeIn, linesOfBlocks, readPages, readSources, ROOT, tablesOf } from "./pages.ts";

const PAGES = readPages();
const RUNBOOK = PAGES.find(({ file }) => file === "docs/runbook.md")?.text ?? "";

/** Every command with its options, as `release/cli.ts` registers them. */
function registeredCommands(): ReadonlyMap<string, readonly string[]> {
  const [helpers = "", ...parts] = readSources("release/cli.ts").split(
    /(?=(?:drivingCommand|program\s*\.command|\ncommand)\(\s*")/,
  );
  const optionsIn = (text: string) => [...text.matchAll(/"(?:-\w, )?(--[a-z-]+)/g)].map(([, option = ""]) => option);
  const [ofAll = "", ofDriving = ""] = helpers.split("drivingCommand");
  return new Map(
    parts.map((part) => {
      const [, maker = "", name = ""] = /(\w+)\(\s*"([a-z]+)"/.exec(part) ?? [];
      const common = part.startsWith("program") ? [] : optionsIn(maker === "command" ? ofAll : ofAll + ofDriving);
      return [name, ["--help", ...common, ...optionsIn(part)]];
    }),
  );
}

/** `sluice <command> …` wherever a page has it as code, up to a comment or the next command of a shell. */
function commandsIn(text: string): readonly string[] {
  return [...codeIn(text), ...linesOfBlocks(text)].flatMap((line) =>
    [
      ...line.matchAll(
        /(?:^\s*|[;&|(]\s*|npm run -s )(?:sluice(?: --)?|docker exec \S+ node \S+) ([a-z]+(?:\s[^#;&|)]*)?)(?![\w:])/g,
      ),
    ].map(([, command = ""]) => command.trim()),
  );
}

describe("the pages", () => {
  it("link to what is there", () => {
    const broken = PAGES.flatMap(({ file, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, to = "", anchor]) => {
        const target = to === "" ? file : path.join(path.dirname(file), to);
        if (!existsSync(path.join(ROOT, target))) return [`${file}: ${link}`];
        if (anchor === undefined || !target.endsWith(".md")) return [];
        const anchors = anchorsOf(readFileSync(path.join(ROOT, target), "utf8"));
        return anchors.includes(anchor) ? [] : [`${file}: ${link}`];
      }),
    );
    assert.deepEqual(broken, []);
  });

  it("name commands and options that there are, and README.md all commands", () => {
    const registered = registeredCommands();
    const used = PAGES.flatMap(({ file, text }) => commandsIn(text).map((command) => ({ file, command })));
    assert.ok(used.length > 100);
    const unknown = used.filter(({ command }) => {
      const options = registered.get(command.split(/\s/)[0] ?? "");
      return (
        [...command.matchAll(/\s(--[a-z-]+)/g)].some(([, option = ""]) => options?.includes(option) !== true) ||
        options === undefined
      );
    });
    assert.deepEqual(unknown, []);
    const readme = PAGES.find(({ file }) => file === "README.md")?.text ?? "";
    const untold = [...registered.keys()].filter((name) => !readme.includes(`\`sluice ${name}`));
    assert.deepEqual(untold, []);
  });
});

describe("docs/runbook.md", () => {
  it("has every exit code, and no other", () => {
    const table = tablesOf(RUNBOOK).find(({ header }) => header[0] === "code");
    const codes = table?.rows.flatMap(([code = ""]) => codeIn(code).map(Number)) ?? [];
    assert.deepEqual(codes, Object.values(EXIT));
  });

  it("quotes what the program prints", () => {
    const source = readSources("release", "components", "config", "engine").replaceAll('\\"', '"');
    const quoted = tablesOf(RUNBOOK).flatMap(({ header, rows }) => {
      const column = header.findIndex((name) => ["seen", "what you see", "why"].includes(name));
      return column < 0 ? [] : rows.flatMap((row) => codeIn(row[column] ?? ""));
    });
    assert.ok(quoted.length > 50);
    assert.deepEqual(
      quoted.filter((words) => !source.includes(words)),
      [],
    );
  });

  it("has a heading for every alert", () => {
    const alerts = readSources("components/alerts", "release/adapters/alertmanager.ts");
    const names = [...alerts.matchAll(/(?:alertname|name): "([A-Z]\w+)"/g)].map(([, name = ""]) => name.toLowerCase());
    assert.equal(names.length, 9);
    const anchors = anchorsOf(RUNBOOK);
    assert.deepEqual(
      names.filter((name) => !anchors.includes(name)),
      [],
    );
  });

  it("names variables and settings that there are", () => {
    const names = (text: string) => [...text.matchAll(/\bSLUICE_[A-Z_]+|\b(?:pause|silent)Deadline\b/g)].map(String);
    const known = names(readSources("release", "config"));
    assert.deepEqual(
      names(RUNBOOK).filter((name) => !known.includes(name)),
      [],
    );
  });
});
