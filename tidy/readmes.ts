import { posix } from "node:path";
import type { Problem, Rule } from "./problem.ts";
import type { Tree } from "./tree.ts";

const README_LINES_MAX = 80;

export const appReadmes: Rule = {
  name: "app readmes",
  mend: "Write what the app owns and does not own, its RPCs, invariants, configuration and decisions, in 80 lines at most.",
  find: (tree) =>
    tree.packages
      .filter((it) => it.folder.startsWith("apps/"))
      .flatMap(({ folder }): readonly Problem[] => {
        const path = `${folder}/README.md`;
        const text = tree.files.get(path);
        if (text === undefined) return [{ path, what: "is missing" }];
        const lines = text.trimEnd().split("\n").length;
        return lines > README_LINES_MAX ? [{ path, what: `has ${lines} lines` }] : [];
      }),
};

/** Links of Markdown to places that are not on the web. */
const LINKS = /\]\((?!https?:|mailto:|#)([^)\s#]+)[^)]*\)/g;
/** Places in the checkout that are named in passing. What has a placeholder or a pattern in it names none. */
const PLACES = /`((?:apps|libs|proto|scripts|examples|tidy|infra)\/[\w./-]*\w)`/g;

export const readmePlaces: Rule = {
  name: "readme places",
  mend: "Name a file or folder that is there.",
  find: (tree) =>
    perLine(tree, (path, line) => {
      const links = [...line.replaceAll(/`[^`]*`/g, "").matchAll(LINKS)].map(([, to = ""]) =>
        posix.join(posix.dirname(path), to),
      );
      const named = [...line.matchAll(PLACES)].map(([, place = ""]) => place);
      return [...links, ...named].filter((it) => !isThere(tree, it)).map((it) => `names ${it}, which is not there`);
    }),
};

/** `npm run bench -- NAME`, with what comes behind `npm run` and its name. */
const COMMANDS = /\bnpm run (?:--silent )?([a-z][\w:-]*)(?: -- ([a-z][\w-]*))?/g;

export const readmeCommands: Rule = {
  name: "readme commands",
  mend: "Write a script of package.json, and a bench or sweep that is there.",
  find: (tree) => {
    const { scripts = {} } = JSON.parse(tree.files.get("package.json") ?? "{}") as { scripts?: object };
    const paths = [...tree.files.keys()];
    const named: Readonly<Record<string, ReadonlySet<string>>> = {
      bench: new Set(paths.flatMap((it) => /^(?:apps|libs|examples)\/[^/]+\/bench\/([^/]+)\.ts$/.exec(it)?.[1] ?? [])),
      sweep: new Set(
        [...(tree.files.get("scripts/sweep.ts") ?? "").matchAll(/^ {2}(\w+): \{$/gm)].map(([, it]) => it ?? ""),
      ),
    };
    return perLine(tree, (_, line) =>
      [...line.matchAll(COMMANDS)].flatMap(([, script = "", argument]) => {
        if (!Object.hasOwn(scripts, script)) return [`says npm run ${script}, which is no script`];
        const known = named[script];
        return argument === undefined || !known || known.has(argument)
          ? []
          : [`names the ${script} ${argument}, which is not there`];
      }),
    );
  },
};

/** What changed once stays as it was said. */
const HISTORY = "CHANGELOG.md";

function perLine(tree: Tree, check: (path: string, line: string) => readonly string[]): readonly Problem[] {
  return [...tree.files]
    .filter(([path]) => path.endsWith(".md") && path !== HISTORY)
    .flatMap(([path, text]) =>
      text.split("\n").flatMap((line, i) => check(path, line).map((what): Problem => ({ path, line: i + 1, what }))),
    );
}

const isThere = ({ files }: Tree, place: string): boolean => {
  if (files.has(place)) return true;
  const folder = place.endsWith("/") ? place : `${place}/`;
  return [...files.keys()].some((it) => it.startsWith(folder));
};
