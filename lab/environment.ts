import { delimiter } from "node:path";
import { labPaths } from "./settings.ts";

/**
 * The environment in which the project's programs use the lab: its cluster, its Docker engine, its Pulumi backend and its tools in front
 * of PATH. Computes only; nothing is read from the disk. The passphrase protects nothing: the lab holds no secrets.
 */
export function labEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const paths = labPaths(env);
  const inherited = (env.PATH ?? "").split(delimiter).filter((entry) => entry !== "" && entry !== paths.bin);
  return {
    KUBECONFIG: paths.kubeconfig,
    DOCKER_HOST: `unix://${paths.dockerSocket}`,
    PULUMI_BACKEND_URL: `file://${paths.pulumiBackend}`,
    PULUMI_CONFIG_PASSPHRASE: "sluice-lab",
    PULUMI_HOME: paths.pulumiHome,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    NODE_COMPILE_CACHE: paths.compileCache,
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    PATH: [paths.bin, ...inherited].join(delimiter),
  };
}

/** The same as lines for `eval` in a POSIX shell. */
export function renderExports(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quoteForShell(value)}\n`)
    .join("");
}

function quoteForShell(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
