import { posix } from "node:path";
import type { Problem, Rule } from "./problem.ts";
import { isTest, type Tree } from "./tree.ts";

export const relativeImports: Rule = {
  name: "relative imports",
  mend: "Write the path of a file that exists, with its ending (.ts), as Node will load it.",
  find: (tree) =>
    [...tree.sources].flatMap(([path, source]) =>
      source.imports
        .filter((it) => it.specifier.startsWith(".") && !tree.files.has(resolved(path, it.specifier)))
        .map((it): Problem => ({ path, line: it.line, what: `imports ${it.specifier}, which is not there` })),
    ),
};

export const namedExports: Rule = {
  name: "named exports",
  mend: "Export by name, and list the names in index.ts.",
  find: (tree) =>
    [...tree.sources].flatMap(([path, source]) => [
      ...source.exportStars.map((line) => ({ path, line, what: "has an `export *`" })),
      ...(path.endsWith(".config.ts") ? [] : source.defaultExports).map((line) => ({
        path,
        line,
        what: "has a default export",
      })),
    ]),
};

export const packageEntries: Rule = {
  name: "package entries",
  mend: "Name a file that exists in `exports` and `bin`, or leave the entry out.",
  find: (tree) =>
    tree.packages.flatMap(({ folder, entries }) =>
      entries
        // A pattern names what is asked for.
        .filter((it) => !it.includes("*") && !tree.files.has(it))
        .map((it): Problem => ({ path: `${folder}/package.json`, what: `names ${it}, which is not there` })),
    ),
};

export const deadFiles: Rule = {
  name: "dead files",
  mend: "Delete it, or import it from where it is needed.",
  find: (tree) => {
    const reached = reachable(tree);
    return [...tree.sources.keys()]
      .filter((path) => !reached.has(path))
      .map((path) => ({
        path,
        what: "is reached from no index.ts, main.ts, test, entry of a package, script or page",
      }));
  },
};

/** Follows imports, and text that names a neighbouring file (of a child process, say), from every way in. */
function reachable(tree: Tree): ReadonlySet<string> {
  const mentions = mentionedScripts(tree);
  const entries = new Set(tree.packages.flatMap((it) => it.entries));
  const waiting = [...tree.sources.keys()].filter(
    (path) => isTest(tree, path) || isWayIn(path) || entries.has(path) || mentions.has(path),
  );
  const reached = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const source = tree.sources.get(path);
    const next = [...(source?.imports.map((it) => it.specifier) ?? []), ...(source?.pathLiterals ?? [])];
    for (const target of next.map((it) => resolved(path as string, it))) {
      if (!tree.sources.has(target) || reached.has(target)) continue;
      reached.add(target);
      waiting.push(target);
    }
  }
  return reached;
}

const isWayIn = (path: string): boolean => /(^|\/)(index|main|[^/]+\.config)\.ts$|\.d\.ts$|\/bin\//.test(path);

/** Source files that package.json's scripts, CI or a page start by their path. */
function mentionedScripts(tree: Tree): ReadonlySet<string> {
  const starters = [...tree.files].filter(([path]) => /(^|\/)package\.json$|^\.ci\/|\.html$/.test(path));
  return new Set(
    starters.flatMap(([path, text]) =>
      [...text.matchAll(/[\w./-]+\.(?:ts|tsx|mjs)\b/g)].flatMap(([name]) => [
        posix.normalize(name),
        posix.join(posix.dirname(path), name),
      ]),
    ),
  );
}

const resolved = (path: string, specifier: string): string =>
  posix.join(posix.dirname(path), specifier.replace(/\?.*$/, ""));
