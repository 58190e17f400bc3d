/** Versions from `atLeast` on, up to but without `below`. */
export interface VersionRange {
  readonly atLeast: string;
  readonly below?: string;
}

/** The first `1.2` or `1.2.3` in a program's output, or undefined. */
export function findVersion(output: string): string | undefined {
  return /(?<![\w.])v?(?:go)?(\d+\.\d+(?:\.\d+)?)/.exec(output)?.[1];
}

/** Whether a version lies in a range; missing parts count as 0. */
export function fitsRange(version: string, range: VersionRange): boolean {
  if (compareVersions(version, range.atLeast) < 0) return false;
  return range.below === undefined || compareVersions(version, range.below) < 0;
}

/** Negative, zero or positive as the first version is older than, the same as or newer than the second. */
export function compareVersions(left: string, right: string): number {
  const [a, b] = [parseParts(left), parseParts(right)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parseParts(version: string): number[] {
  return version.split(".").map(Number);
}
