import * as pulumi from "@pulumi/pulumi";

/**
 * Source text of a provider that loads the real one from the checkout it runs in. `pulumi.dynamic` would keep the whole
 * code of a provider in the stack's state, and run that copy for ever; this one is the same on all machines, and in all
 * versions of the code.
 */
function loaderOf(file: string): string {
  return `exports.handler = () => {
  const { existsSync } = require("node:fs");
  const { dirname, join } = require("node:path");
  const { pathToFileURL } = require("node:url");
  const find = (directory) => {
    const file = join(directory, ${JSON.stringify(file)});
    if (existsSync(file)) return pathToFileURL(file).href;
    if (dirname(directory) === directory) throw new Error("no ${file} at or above " + process.cwd());
    return find(dirname(directory));
  };
  const call = (name) => async (...args) => (await import(find(process.cwd()))).provider[name]?.(...args);
  return { diff: call("diff"), create: call("create"), update: call("update"), delete: call("delete") };
};`;
}

/** A resource whose provider is a file of this project that exports a `LocalProvider` (`engine/local-provider.ts`) as `provider`. */
export class LocalResource extends pulumi.CustomResource {
  /** @param file path of the provider in this repository */
  constructor(type: string, file: string, name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
    super(`pulumi-nodejs:dynamic/docker:${type}`, name, { ...props, __provider: loaderOf(file) }, opts);
  }
}
