import type { Problem, Rule } from "./problem.ts";

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
