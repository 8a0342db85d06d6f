import type { Problem, Rule } from "./problem.ts";
import { isTest, type Tree } from "./tree.ts";

const FILE_LINES_MAX = 250;
const TEST_FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 60;
const PARAMETERS_MAX = 3;

export const fileSize: Rule = {
  name: "file size",
  mend: "Find the second idea in the file and give it a name and a file of its own.",
  find: (tree) =>
    [...tree.sources.keys()].flatMap((path) => {
      const lines = (tree.files.get(path) ?? "").trimEnd().split("\n").length;
      const most = isTest(tree, path) ? TEST_FILE_LINES_MAX : FILE_LINES_MAX;
      return lines > most ? [{ path, what: `has ${lines} lines, ${most} is the limit` }] : [];
    }),
};

export const functionSize: Rule = {
  name: "function size",
  mend: "Name its parts: the parent branches, the leaves compute.",
  find: (tree) =>
    perFunction(tree, ({ name, lines }) =>
      lines > FUNCTION_LINES_MAX ? `${name} has ${lines} lines, ${FUNCTION_LINES_MAX} is the limit` : undefined,
    ),
};

export const parameterCount: Rule = {
  name: "parameter count",
  mend: "Pass one object with named members.",
  find: (tree) =>
    perFunction(tree, ({ name, parameters }) =>
      parameters > PARAMETERS_MAX ? `${name} has ${parameters} parameters, ${PARAMETERS_MAX} is the limit` : undefined,
    ),
};

type Check = (it: { readonly name: string; readonly lines: number; readonly parameters: number }) => string | undefined;

/** Tests are free: one `describe` is a function of many lines. */
function perFunction(tree: Tree, check: Check): readonly Problem[] {
  return [...tree.sources]
    .filter(([path]) => !isTest(tree, path))
    .flatMap(([path, source]) =>
      source.functions.flatMap((it) => {
        const what = check(it);
        return what === undefined ? [] : [{ path, line: it.line, what }];
      }),
    );
}

export const literalSpreads: Rule = {
  name: "literal spreads",
  mend: "Write its members into the object around it: a spread keeps TypeScript from finding misspelt ones.",
  find: (tree) =>
    [...tree.sources].flatMap(([path, source]) =>
      source.literalSpreads.map((line) => ({ path, line, what: "spreads an object literal" })),
    ),
};
