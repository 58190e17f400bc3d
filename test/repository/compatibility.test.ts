import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { tools } from "../../lab/toolchain/manifest.ts";
import { codeIn, readSources, ROOT, tablesOf } from "./pages.ts";

/** API groups by the names that Pulumi's SDK has for them. */
const GROUPS: Readonly<Record<string, string>> = {
  core: "",
  networking: "networking.k8s.io/",
  rbac: "rbac.authorization.k8s.io/",
  admissionregistration: "admissionregistration.k8s.io/",
};

/** Every kind that the source declares, reads or writes: `apps/v1 Deployment`. */
function kindsInSource(): readonly string[] {
  const source = readSources("components", "config", "engine", "policies", "release", "index.ts");
  const named = [...source.matchAll(/apiVersion: "([^"]+)",\s*kind: "(\w+)"/g)].map(
    ([, api, kind]) => `${api} ${kind}`,
  );
  const made = [...source.matchAll(/\bk8s\.(\w+)\.(v\d\w*)\.([A-Z]\w+)/g)]
    .filter(([, , , kind = ""]) => !kind.endsWith("Args"))
    .map(([, group = "", version, kind]) => `${GROUPS[group] ?? `${group}/`}${version} ${kind}`);
  return [...new Set([...named, ...made])].toSorted();
}

describe("docs/compatibility.md", () => {
  const page = readFileSync(`${ROOT}/docs/compatibility.md`, "utf8");

  it("lists each API that the source uses, and no other", () => {
    const rows = tablesOf(page)
      .filter(({ header }) => header[0] === "API")
      .flatMap(({ rows: all }) => all);
    const listed = rows.flatMap(([api = "", kinds = ""]) =>
      codeIn(kinds).map((kind) => `${codeIn(api).join("")} ${kind}`),
    );
    assert.deepEqual(listed.toSorted(), kindsInSource());
  });

  it("names the versions that are tried, and the packages, as they are", () => {
    const { dependencies, devDependencies, engines } = JSON.parse(
      readFileSync(`${ROOT}/package.json`, "utf8"),
    ) as Readonly<Record<"dependencies" | "devDependencies" | "engines", Readonly<Record<string, string>>>>;
    const known = new Map([
      ...tools.map(({ name, version }) => [name, version] as const),
      ...Object.entries({ ...dependencies, ...devDependencies }),
    ]);
    const named = codeIn(page).flatMap((span) => [...span.matchAll(/^(@?[a-z][\w/-]*) ([\da-f][\w.]*)$/g)]);
    assert.ok(named.length > 10);
    for (const [span, name = "", version] of named) assert.equal(version, known.get(name), span);
    assert.ok(codeIn(page).includes(engines.node ?? ""));
  });
});
