/** `1.4.2`, `v2`, `2026.11.3-rc.1`: numbers, and perhaps a qualifier. */
const NUMBERED = /^v?(\d+(?:\.\d+)*)(?:-(.+)|\+.*)?$/;

/**
 * Whether a version is older than another, by their names.
 *
 * @returns `undefined` when the names do not tell, as with `dev-3f2a1c`
 */
export function isOlder(version: string, than: string): boolean | undefined {
  if (version === than) return false;
  const [a, b] = [parse(version), parse(than)];
  if (a === undefined || b === undefined) return undefined;
  const difference = compareNumbers(a.numbers, b.numbers);
  if (difference !== 0) return difference < 0;
  if ((a.qualifier === undefined) === (b.qualifier === undefined)) return undefined;
  return a.qualifier !== undefined;
}

function parse(version: string) {
  const [, numbers, qualifier] = NUMBERED.exec(version) ?? [];
  return numbers === undefined ? undefined : { numbers: numbers.split(".").map(Number), qualifier };
}

function compareNumbers(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i += 1) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
