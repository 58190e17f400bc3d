/** A value that a preview cannot know yet was needed to judge. */
export class Undecided extends Error {
  override readonly name = "Undecided";
  readonly path: string;
  constructor(path: string) {
    super(`${path} is not known before the update`);
    this.path = path;
  }
}

/** Whether reading a property failed because its value is not known yet. */
export type IsUnknownError = (error: unknown) => boolean;

/**
 * A plain copy of a value in which each unknown part throws `Undecided` when it is read, and nothing else does: so no rule
 * can take an unknown for an answer, and none has to think of it.
 *
 * @param isUnknown tells the error by which the source refuses to show a value
 */
export function copyKnown(value: unknown, isUnknown: IsUnknownError, path = ""): unknown {
  if (typeof value !== "object" || value === null) return value;
  const source = value as Readonly<Record<string, unknown>>;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
  const keys = Array.isArray(value) ? Array.from({ length: value.length }, (_, i) => String(i)) : Object.keys(source);
  for (const key of keys) {
    const at = Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`;
    try {
      (copy as Record<string, unknown>)[key] = copyKnown(source[key], isUnknown, at);
    } catch (error) {
      if (!isUnknown(error)) throw error;
      hide(copy, key, at);
    }
  }
  return copy;
}

/** Makes a property of an object one that is not known yet. */
export function hide(object: object, key: string, path: string): void {
  Object.defineProperty(object, key, {
    configurable: true,
    enumerable: true,
    get() {
      throw new Undecided(path);
    },
  });
}
