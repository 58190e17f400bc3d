import * as pulumi from "@pulumi/pulumi";
import { readLastUpdate, type LastUpdate } from "./last-update.ts";

/**
 * What the last update of the running stack left, by the engine's own answer: a StackReference to the own stack would say
 * the same, and be one more resource.
 */
export async function loadLastUpdate(): Promise<LastUpdate> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const answer = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as { outputs?: unknown };
  return readLastUpdate(answer.outputs);
}
