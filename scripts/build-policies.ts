import { copyFile, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { build } from "esbuild";

const ROOT = path.resolve(import.meta.dirname, "..");

/** The policy pack as Pulumi runs it: `pulumi preview --policy-pack build/policies`. */
export const PACK = path.join(ROOT, "build/policies");

/**
 * Compiles the policy pack into one file. Pulumi's SDK stays outside: the program that runs the pack has loaded most of it
 * already, and finds it in `node_modules` above.
 */
export async function buildPolicies(directory: string = PACK): Promise<void> {
  // The directory stays: a preview that runs the pack may be in it.
  await mkdir(directory, { recursive: true });
  await build({
    entryPoints: [path.join(ROOT, "policies/index.ts")],
    outfile: path.join(directory, "index.cjs"),
    bundle: true,
    platform: "node",
    target: "node22",
    format: "cjs",
    external: ["@pulumi/pulumi"],
    logLevel: "warning",
  });
  const { default: pack } = (await import("../policies/package.json", { with: { type: "json" } })) as {
    default: { name: string; version: string };
  };
  const { name, version } = pack;
  await writeFile(
    path.join(directory, "package.json"),
    `${JSON.stringify({ name, version, main: "index.cjs" }, undefined, 2)}\n`,
  );
  await copyFile(path.join(ROOT, "policies/PulumiPolicy.yaml"), path.join(directory, "PulumiPolicy.yaml"));
}

if (import.meta.main) await buildPolicies();
