import type { Problem, Rule } from "./problem.ts";
import { isGenerated, type Tree } from "./tree.ts";

const LEFTOVER = /\b(TODO|FIXME|XXX)\b/;

export const leftovers: Rule = {
  name: "leftovers",
  mend: "Do it now, or open an issue and take the mark out.",
  find: (tree) => [
    ...[...tree.sources].flatMap(([path, source]) =>
      source.comments.flatMap(({ line, text }) => marked(path, line, text)),
    ),
    ...perLine(
      tree,
      (path) => /\.(proto|py|go|java|sh|css|html|ya?ml|toml)$|^\.ci\//.test(path),
      (text) => (LEFTOVER.test(text) ? `says ${LEFTOVER.exec(text)?.[0]}` : undefined),
    ),
  ],
};

function marked(path: string, start: number, comment: string): readonly Problem[] {
  return comment.split("\n").flatMap((text, i) => {
    const mark = LEFTOVER.exec(text)?.[0];
    return mark === undefined ? [] : [{ path, line: start + i, what: `says ${mark}` }];
  });
}

/** Names of registries, written apart so that this file does not break its own rule. */
const REGISTRIES = [
  "npmjs org",
  "npmjs com",
  "pypi org",
  "pythonhosted org",
  "proxy golang org",
  "sum golang org",
  "crates io",
  "repo maven apache org",
  "repo1 maven org",
  "rubygems org",
].map((it) => it.replaceAll(" ", "."));

export const registryHosts: Rule = {
  name: "registry hosts",
  mend: "Leave the registry to the tool's own configuration: people install from mirrors too.",
  find: (tree) =>
    perLine(tree, isText, (text) => {
      const host = REGISTRIES.find((it) => text.includes(it));
      return host === undefined ? undefined : `names ${host}`;
    }),
};

const MACHINE_PATH = /(?<![\w.~:/$}-])\/(?:work|root|home)\/[\w.-]/;

export const machinePaths: Rule = {
  name: "machine paths",
  mend: "Make the path relative to the file, the checkout or an argument.",
  find: (tree) =>
    perLine(tree, isText, (text) =>
      MACHINE_PATH.test(text) ? `has a path of one machine: ${MACHINE_PATH.exec(text)?.[0]}…` : undefined,
    ),
};

const isText = (path: string): boolean => !isGenerated(path) && path !== "package-lock.json";

function perLine(tree: Tree, covers: (path: string) => boolean, check: (text: string) => string | undefined) {
  return [...tree.files]
    .filter(([path]) => covers(path))
    .flatMap(([path, text]) =>
      text.split("\n").flatMap((line, i): readonly Problem[] => {
        const what = check(line);
        return what === undefined ? [] : [{ path, line: i + 1, what }];
      }),
    );
}
