import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { goModuleDirectory } from "./go-modules.ts";

const module = "github.com/pulumi/pulumi-kubernetes/provider/v4";
const moduleVersion = "v4.0.0-20240930223531-b7dae6b4ea56";
const providerVersion = "4.18.2";

/**
 * Puts the two files that the provider's main embeds beside it. The provider's own release build generates them; its
 * Go module holds their sources: the schema without a version, and the mapping as it is.
 */
export async function prepareKubernetesProvider(sourceDirectory: string): Promise<void> {
  const from = join(await goModuleDirectory(module, moduleVersion), "cmd", "pulumi-resource-kubernetes");
  const schema = JSON.parse(await readFile(join(from, "schema.json"), "utf8")) as Record<string, unknown>;
  await writeFile(join(sourceDirectory, "schema.json"), JSON.stringify({ ...schema, version: providerVersion }));
  await copyFile(join(from, "terraform-mapping.json"), join(sourceDirectory, "terraform-mapping.json"));
}
