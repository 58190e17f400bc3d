import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { parse, stringify } from "yaml";
import { labEnvironment } from "./environment.ts";

const REPOSITORY = path.resolve(import.meta.dirname, "..");

type Tree = Readonly<Record<string, unknown>>;

export interface LabProject {
  /** Directory of a Pulumi project of its own, so that a release on the lab changes no file of the repository. */
  readonly directory: string;
  readonly stackName: string;
  readonly stackFile: string;
  readonly stack: Stack;
}

/**
 * Makes a Pulumi project for the lab: the repository's program with the stack files of the repository, shrunk by the
 * lab's overlay. A stack of the same name that an earlier run left is destroyed first.
 *
 * @param changes further settings for this stack, merged over the overlay
 * @param base what the overlay shrinks, in place of the repository's stack file of that name
 */
export async function createLabProject(
  directory: string,
  stackName: string,
  changes: Tree = {},
  base?: Tree,
): Promise<LabProject> {
  Object.assign(process.env, labEnvironment());
  await mkdir(directory, { recursive: true });
  await writeProjectFile(directory);
  const stackFile = path.join(directory, `Pulumi.${stackName}.yaml`);
  const left = await findStack(directory, stackName);
  if (left !== undefined) await removeStack(left);
  await rm(stackFile, { force: true });
  const stack = await LocalWorkspace.createStack({ stackName, workDir: directory });
  await writeFile(stackFile, await renderStackFile(base ?? stackName, stackFile, changes));
  return { directory, stackName, stackFile, stack };
}

/** Deploys the stack; of one that cannot be deployed nothing stays. */
export async function deployStack(stack: Stack): Promise<void> {
  try {
    await stack.up({ color: "never" });
  } catch (error) {
    await removeStack(stack);
    throw error;
  }
}

/** Destroys what the stack holds, and the stack. */
export async function removeStack(stack: Stack): Promise<void> {
  await stack.cancel().catch(() => undefined);
  await stack.destroy({ color: "never", remove: true });
}

async function writeProjectFile(directory: string): Promise<void> {
  const project = asTree(parse(await readFile(path.join(REPOSITORY, "Pulumi.yaml"), "utf8")));
  const main = path.relative(directory, path.join(REPOSITORY, "index.ts"));
  await writeFile(path.join(directory, "Pulumi.yaml"), stringify({ ...project, main }));
}

async function findStack(directory: string, stackName: string): Promise<Stack | undefined> {
  const workspace = await LocalWorkspace.create({ workDir: directory });
  const stacks = await workspace.listStacks();
  if (!stacks.some(({ name }) => name === stackName)) return undefined;
  return LocalWorkspace.selectStack({ stackName, workDir: directory });
}

/** Keeps the key material that `createStack` wrote, and puts our settings beside it. */
async function renderStackFile(base: Tree | string, created: string, changes: Tree): Promise<string> {
  const template = typeof base === "string" ? await findTemplate(base) : { name: "", content: { config: base } };
  const overlay = asTree(parse(await readFile(path.join(import.meta.dirname, "overlay.yaml"), "utf8")));
  const layers = [overlay.all, overlay[template.name], changes].map(asTree);
  const key = asTree(parse(await readFile(created, "utf8").catch(() => "{}")) ?? {});
  return stringify({ ...key, config: layers.reduce(merge, asTree(template.content.config)) });
}

/** The repository's stack file of that name; another name takes production's. */
async function findTemplate(stackName: string): Promise<{ name: string; content: Tree }> {
  const files = await readdir(REPOSITORY);
  const name = files.includes(`Pulumi.${stackName}.yaml`) ? stackName : "production";
  return { name, content: asTree(parse(await readFile(path.join(REPOSITORY, `Pulumi.${name}.yaml`), "utf8"))) };
}

/** Objects are merged key by key, unless they are of two kinds, which share no keys; everything else is replaced. */
function merge(under: Tree, over: Tree): Tree {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = under[key];
    return [key, isTree(value) && isTree(below) && sameKind(below, value) ? merge(below, value) : value] as const;
  });
  return { ...under, ...Object.fromEntries(merged) };
}

function sameKind(under: Tree, over: Tree): boolean {
  return over.kind === undefined || under.kind === undefined || over.kind === under.kind;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function asTree(value: unknown): Tree {
  return isTree(value) ? value : {};
}
