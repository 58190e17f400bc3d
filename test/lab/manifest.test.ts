import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import { tools } from "../../lab/toolchain/manifest.ts";
import { fitsRange } from "../../lab/toolchain/version.ts";

describe("toolchain manifest", () => {
  it("names every tool and every command once", () => {
    for (const names of [tools.map((tool) => tool.name), tools.flatMap((tool) => tool.commands)]) {
      assert.deepEqual(names, [...new Set(names)]);
    }
  });

  it("gives Pulumi's language host the options of the repository's Pulumi.yaml", () => {
    const text = readFileSync(new URL("../../Pulumi.yaml", import.meta.url), "utf8");
    const { runtime } = parse(text) as { runtime: { options: Record<string, unknown> } };
    const host = tools.find(({ name }) => name === "pulumi-language-nodejs");
    const options = Object.entries(runtime.options).map(([name, value]) => `-${name}=${String(value)}`);
    assert.deepEqual(host?.givenArguments, options);
  });

  for (const tool of tools) {
    describe(tool.name, () => {
      it("counts as complete only with all its commands", () => {
        for (const command of tool.commands) assert.ok(tool.files.includes(`bin/${command}`), command);
        assert.notEqual(tool.files.length, 0);
      });

      it("accepts its own version from PATH, if any", () => {
        if (tool.onPath === undefined || tool.name === "istiod") return; // istiod's directory is named by a commit
        assert.ok(fitsRange(tool.version, tool.onPath.range), tool.version);
        for (const [command] of tool.onPath.checks) assert.ok(tool.commands.includes(command), command);
      });

      it("comes with what its source needs", () => {
        const { source } = tool;
        if (tool.shippedWith !== undefined) assert.ok(tools.some((other) => other.name === tool.shippedWith));
        if (source.kind === "go-build") {
          const wrapper = new URL(`../../lab/tools/${tool.name}/`, import.meta.url);
          assert.ok(existsSync(new URL("go.sum", wrapper)), "go.sum");
          const module = readFileSync(new URL("go.mod", wrapper), "utf8");
          for (const [command, path] of Object.entries(source.packages)) {
            assert.ok(tool.files.includes(`bin/${command}`), command);
            if (path !== ".") assert.ok(module.includes(path), `${path} in go.mod`);
          }
        }
        if (source.kind === "debian") for (const to of Object.values(source.files)) assert.match(to, /^(bin|share)\//);
      });
    });
  }
});
