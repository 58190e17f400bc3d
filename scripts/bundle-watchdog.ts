import { build } from "esbuild";

/**
 * Bundles the release program into a directory, for the image of the watchdog: without Pulumi, which commands that drive
 * a stack load when they run, and which the watchdog never needs.
 */
const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: node scripts/bundle-watchdog.ts <directory>");

await build({
  entryPoints: ["release/cli.ts"],
  outdir: directory,
  bundle: true,
  splitting: true,
  platform: "node",
  target: "node24",
  format: "esm",
  external: ["@pulumi/*", "vega", "vega-lite"],
  // The engine's client asks for it when it loads; this project goes by the system's own ssh.
  alias: { ssh2: "node:net" },
  // Some dependencies are CommonJS, and ask for Node's own modules by require.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
});
