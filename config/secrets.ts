import { environmentName, isOfTheJvm, JVM_VARIABLE } from "./environment.ts";
import type { StackConfig } from "./schema.ts";
import { SHORTEST_TOKEN } from "./watchdog.ts";

/**
 * The one setting under `sluice:` that is no part of the schema: what the schema parses is plain text, and is shown in
 * errors, outputs and annotations.
 */
export const SECRETS_KEY = "secrets";

/** Secrets of the service, by the names of their environment variables. */
export type Secrets = Readonly<Record<string, string>>;

/** Reads decrypted secrets. A problem tells the name of a secret and never its value. */
export function readSecrets(values: unknown): { readonly secrets: Secrets; readonly problems: readonly string[] } {
  if (values === undefined) return { secrets: {}, problems: [] };
  if (!isRecord(values)) return { secrets: {}, problems: [`${PATH}: must be an object of names and values`] };
  const entries = Object.entries(values);
  const problems = entries.flatMap(([name, value]) => {
    const problem = problemOfName(name) ?? (typeof value === "string" ? undefined : "must be a text");
    return problem === undefined ? [] : [`${PATH}.${name}: ${problem}`];
  });
  const texts = entries.filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return { secrets: Object.fromEntries(texts), problems };
}

/** Secrets whose variables the stack sets in plain text too: the plain text would win. */
export function findShadowed(secrets: Secrets, { workload }: StackConfig): readonly string[] {
  return Object.keys(secrets).flatMap((name) => {
    if (name in workload.env) return [`${PATH}.${name}: is in workload.env too, which would win`];
    return name in workload.settings.env ? [`${PATH}.${name}: is in workload.settings.env too`] : [];
  });
}

/** Name of the secret that on a Docker host the watchdog gets, and the service does not; in a cluster there is none. */
export function tokenName({ docker, watchdog }: Pick<StackConfig, "docker" | "watchdog">): string | undefined {
  return docker === undefined ? undefined : watchdog?.alerts?.tokenSecret;
}

/** Why the watchdog of a Docker host could not listen for alerts. A problem never tells the token. */
export function findTokenProblems(
  secrets: Secrets,
  stack: Pick<StackConfig, "docker" | "watchdog">,
): readonly string[] {
  const name = tokenName(stack);
  if (name === undefined) return [];
  const token = secrets[name];
  if (token === undefined) {
    const how = `set it by "pulumi config set --secret --path ${PATH}.${name}"`;
    return [`sluice:watchdog.alerts.tokenSecret: ${PATH} has no ${name}; ${how}`];
  }
  return token.length < SHORTEST_TOKEN
    ? [`${PATH}.${name}: is a token of fewer than ${SHORTEST_TOKEN} characters`]
    : [];
}

/** What is wrong with secrets as they stand in a stack file: none may be plain text there. */
export function findPlain(inFile: unknown): readonly string[] {
  if (inFile === undefined || isEncrypted(inFile)) return [];
  if (!isRecord(inFile)) return [plain(PATH)];
  return Object.entries(inFile)
    .filter(([, value]) => !isEncrypted(value))
    .map(([name]) => plain(`${PATH}.${name}`));
}

const PATH = `sluice:${SECRETS_KEY}`;

function plain(path: string): string {
  return `${path}: is not encrypted; set it by "pulumi config set --secret --path ${path}", and change the secret itself`;
}

function problemOfName(name: string): string | undefined {
  if (!environmentName.safeParse(name).success) return "is no name of an environment variable";
  return isOfTheJvm(name) ? JVM_VARIABLE : undefined;
}

/** An encrypted value is an object with the one key `secure`. */
function isEncrypted(value: unknown): boolean {
  return isRecord(value) && Object.keys(value).length === 1 && typeof value.secure === "string";
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
