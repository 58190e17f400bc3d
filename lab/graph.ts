/** Something to be done once everything before it is done. */
export interface GraphNode {
  readonly name: string;
  readonly after: readonly string[];
  readonly perform: () => Promise<void>;
}

/**
 * Performs all nodes, each as soon as those it comes after are done. The first failure is thrown once nothing is under
 * way any more; what depends on a failed node is not begun.
 */
export async function performInOrder(nodes: readonly GraphNode[]): Promise<void> {
  const begun = new Map<string, Promise<void>>();
  const pending = new Map(nodes.map((node) => [node.name, node]));
  const begin = (name: string): Promise<void> => {
    const known = begun.get(name);
    if (known !== undefined) return known;
    const node = pending.get(name);
    if (node === undefined) throw new Error(`nothing is called ${name}`);
    const result = Promise.all(node.after.map(begin)).then(() => node.perform());
    begun.set(name, result);
    return result;
  };
  const results = await Promise.allSettled(nodes.map((node) => begin(node.name)));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}
