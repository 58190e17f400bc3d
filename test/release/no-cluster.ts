import type { Cluster } from "../../release/adapters/kubernetes.ts";

const notAsked = () => Promise.reject(new Error("not asked for"));

/** An API server that nobody asks anything; tests replace what they ask. */
export const NO_CLUSTER: Cluster = {
  read: notAsked,
  find: notAsked,
  create: notAsked,
  replace: notAsked,
  remove: notAsked,
  list: notAsked,
  readLog: notAsked,
  apply: notAsked,
};
