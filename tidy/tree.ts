import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type SourceFacts, sourceFacts } from "./source.ts";

/** A workspace package, from its package.json. */
export interface Package {
  readonly name: string;
  readonly folder: string;
  readonly tag: string;
  /** Everything that its code may import by name. */
  readonly dependencies: ReadonlySet<string>;
  /** Files that its `exports` and `bin` name, from the root of the checkout. */
  readonly entries: readonly string[];
}

/** The code base as plain data. Paths are from the root of the checkout, with forward slashes. */
export interface Tree {
  /** Every file with its text; the text of a binary file is empty. */
  readonly files: ReadonlyMap<string, string>;
  /** The facts of every source file that people write. */
  readonly sources: ReadonlyMap<string, SourceFacts>;
  readonly packages: readonly Package[];
  /** What the root package.json offers to tests and tools. */
  readonly tools: ReadonlySet<string>;
}

/** Code that a generator writes. */
export const isGenerated = (path: string): boolean => /(^|\/)gen\//.test(path);

/**
 * Code that runs in tests and measurements alone: by its name, its folder, or because it needs the test runner. A file or
 * folder named `laws` is the suite of a port, which the tests of its adapters call.
 */
export const isTest = (tree: Tree, path: string): boolean =>
  /\.test\.tsx?$|\/(bench|e2e|laws)\/|\/laws\.ts$|^libs\/testing\//.test(path) ||
  (tree.sources.get(path)?.imports ?? []).some((it) => it.specifier === "vitest");

/** The package that a file belongs to. */
export const packageOf = (tree: Tree, path: string): Package | undefined =>
  tree.packages
    .filter((it) => path.startsWith(`${it.folder}/`))
    .reduce<Package | undefined>((best, it) => (best && best.folder.length > it.folder.length ? best : it), undefined);

/** Builds the tree of some files. */
export function treeOf(files: ReadonlyMap<string, string>): Tree {
  const written = [...files].filter(([path]) => /\.(ts|tsx|mjs)$/.test(path) && !isGenerated(path));
  const manifests = [...files].filter(([path]) => path.endsWith("/package.json"));
  const root = JSON.parse(files.get("package.json") ?? "{}") as Manifest;
  return {
    files,
    sources: new Map(written.map(([path, text]) => [path, sourceFacts(path, text)])),
    packages: manifests.map(([path, text]) => packageFrom(dirname(path), JSON.parse(text) as Manifest)),
    tools: new Set(Object.keys(root.devDependencies ?? {})),
  };
}

interface Manifest {
  readonly name?: string;
  readonly nx?: { readonly tags?: readonly string[] };
  readonly exports?: unknown;
  readonly bin?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function packageFrom(folder: string, manifest: Manifest): Package {
  const name = manifest.name ?? folder;
  return {
    name,
    folder,
    tag: manifest.nx?.tags?.[0] ?? "none",
    dependencies: new Set([
      name,
      ...Object.keys(manifest.dependencies ?? {}),
      ...Object.keys(manifest.devDependencies ?? {}),
    ]),
    entries: [...texts(manifest.exports), ...texts(manifest.bin)].map((it) => join(folder, it)),
  };
}

const texts = (value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
};

const TEXT_BYTES_MAX = 2 * 1024 * 1024;

/** Reads what git tracks, and what it would track, below a folder. */
export function readTree(root: string): Tree {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], {
    cwd: root,
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = [...new Set(listed.toString("utf8").split("\0"))].filter((it) => it !== "").sort();
  return treeOf(new Map(paths.flatMap((path) => textOf(root, path))));
}

function textOf(root: string, path: string): readonly (readonly [string, string])[] {
  const file = statSync(join(root, path), { throwIfNoEntry: false });
  if (!file?.isFile()) return [];
  if (file.size > TEXT_BYTES_MAX) return [[path, ""]];
  const bytes = readFileSync(join(root, path));
  return [[path, bytes.includes(0) ? "" : bytes.toString("utf8")]];
}
