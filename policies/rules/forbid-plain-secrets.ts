import { z } from "zod";
import { allContainersOf, containerName, POD_MAKERS } from "../reading/pods.ts";
import { listAt, textAt, textsAt } from "../reading/read.ts";
import type { Resource } from "../resource.ts";
import { defineRule } from "../rule.ts";

/** Values that are a secret, whatever they are called. */
const SECRET_VALUES = [
  ["a private key", /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ["a password in an address", /\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/:@${}]+@/i],
  ["an access key of AWS", /\b(AKIA|ASIA)[A-Z0-9]{16}\b/],
  ["a token of GitHub", /\bgh[pousr]_[A-Za-z0-9]{36}\b/],
] as const;

export const forbidPlainSecrets = defineRule({
  id: "forbid-plain-secrets",
  group: "Process",
  description: "Secrets are in Secrets: not in a variable of a container, not in a ConfigMap.",
  rationale:
    "Whoever may read a Deployment or a ConfigMap reads it in plain text, and so do the state, the history of revisions and " +
    "every tool that prints them. It cannot be changed without a new version, and comes back with an old one.",
  remediation: "Put it into `sluice:secrets` (or a Secret) and refer to it by secretKeyRef.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: [...POD_MAKERS, "ConfigMap"],
  needs: "object",
  settings: z.strictObject({
    names: z
      .string()
      .default("(^|[_.-])(password|passwd|secret|token|api_?key|access_?key|private_?key|credentials?)$")
      .describe("Regular expression for names whose values are secrets, in small letters."),
  }),
  *check(subject, _review, { names }) {
    const pattern = new RegExp(names, "i");
    for (const [where, name, value] of valuesOf(subject)) {
      // References to something else are no secret: a path, a variable, a flag.
      const isPlain = value !== "" && !/^(true|false|\d+|\/\S*|\$[({].*)$/.test(value);
      const what = SECRET_VALUES.find(([, secret]) => secret.test(value))?.[0];
      if (what !== undefined) yield `${where} ${name} holds ${what} in plain text`;
      else if (isPlain && pattern.test(name)) yield `${where} ${name} holds a secret in plain text`;
    }
  },
});

function valuesOf(subject: Resource): readonly (readonly [string, string, string])[] {
  if (subject.kind === "ConfigMap") {
    return Object.entries(textsAt(subject.body, "data")).map(([name, value]) => ["key", name, value] as const);
  }
  return allContainersOf(subject).flatMap((container) =>
    listAt(container, "env").flatMap((variable) => {
      const [name, value] = [textAt(variable, "name") ?? "", textAt(variable, "value")];
      return value === undefined ? [] : [[`${containerName(container)}: variable`, name, value] as const];
    }),
  );
}
