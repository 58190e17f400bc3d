import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Task } from "../components/component.ts";
import type { LabContext } from "../context.ts";
import { LabError } from "../errors.ts";
import { cluster, ports } from "../settings.ts";
import { waitFor } from "../wait.ts";

const meshNamespaces = [cluster.meshNamespace, cluster.gatewayNamespace].map((name) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name },
}));

const publicGateway = {
  apiVersion: "networking.istio.io/v1",
  kind: "Gateway",
  metadata: { name: cluster.gateway, namespace: cluster.gatewayNamespace },
  spec: {
    selector: { istio: "ingress" },
    servers: [{ port: { number: ports.ingress, name: "http", protocol: "HTTP" }, bind: "127.0.0.1", hosts: ["*"] }],
  },
};

/** What the mesh needs before istiod starts: its resource definitions, its namespaces, the public gateway. */
export function meshObjects(context: LabContext): Task {
  return objectsTask(context, {
    name: "mesh objects",
    after: ["kube-apiserver"],
    crdTools: ["istio-crds", "gateway-api-crds"],
    objects: [...meshNamespaces, publicGateway],
  });
}

/** The other resource definitions. They come later: the API server is busy for seconds with each batch. */
export function otherDefinitions(context: LabContext): Task {
  return objectsTask(context, {
    name: "other definitions",
    after: ["mesh objects"],
    crdTools: ["prometheus-operator-crds", "argo-rollouts-crds"],
    objects: [],
  });
}

interface ObjectsSpec {
  readonly name: string;
  readonly after: readonly string[];
  readonly crdTools: readonly string[];
  readonly objects: readonly object[];
}

function objectsTask({ paths, toolbox, kubectl }: LabContext, { name, after, crdTools, objects }: ObjectsSpec): Task {
  // The mark lies beside etcd's data and goes with it.
  const mark = join(paths.data, `${name.replaceAll(" ", "-")}.sha256`);
  const hash = (definitions: readonly string[]) =>
    createHash("sha256")
      .update(JSON.stringify([definitions, objects]))
      .digest("hex");
  const readDefinitions = async () => {
    const directories = crdTools.map((tool) => join(toolbox.directory(tool), "crds"));
    const files = await Promise.all(
      directories.map(async (directory) => (await readdir(directory)).toSorted().map((file) => join(directory, file))),
    );
    return Promise.all(files.flat().map((file) => readFile(file, "utf8")));
  };
  const apply = (text: string) => {
    const options = ["--server-side", "--force-conflicts", "--field-manager=sluice-lab", "--validate=false"];
    return kubectl(["apply", ...options, "-f", "-"], { input: text, timeoutMs: 60_000 });
  };
  return {
    name,
    after,
    isDone: async () => (await readFile(mark, "utf8")) === hash(await readDefinitions()),
    async perform() {
      const definitions = await readDefinitions();
      await apply(definitions.join("\n---\n"));
      const wanted = findDefinedResources(definitions.join("\n---\n"));
      const served = async () => {
        const resources = new Set((await kubectl(["api-resources", "--output=name"])).split("\n"));
        return wanted.every((resource) => resources.has(resource));
      };
      if (!(await waitFor(served, { timeoutMs: 30_000 }))) {
        throw new LabError(`The API server does not serve all of: ${wanted.join(", ")}`);
      }
      if (objects.length > 0) await apply(JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }));
      await writeFile(mark, hash(definitions));
    },
  };
}

/** The names (`<plural>.<group>`) of the custom resource definitions in a YAML text, read off its fixed layout. */
export function findDefinedResources(yaml: string): string[] {
  return yaml.split(/^---$/m).flatMap((document) => {
    if (!/^kind: CustomResourceDefinition$/m.test(document)) return [];
    const metadata = /^metadata:\n((?: .*\n)+)/m.exec(document)?.[1] ?? "";
    const name = /^ {2}name: (\S+)$/m.exec(metadata)?.[1];
    return name === undefined ? [] : [name];
  });
}
