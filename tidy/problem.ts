import type { Tree } from "./tree.ts";

/** One breach of a rule. */
export interface Problem {
  /** The path from the root of the checkout. */
  readonly path: string;
  /** From 1; absent when the file as a whole is at fault. */
  readonly line?: number;
  readonly what: string;
}

/** A rule of the code base, and how to mend what breaks it. */
export interface Rule {
  readonly name: string;
  readonly mend: string;
  find(tree: Tree): readonly Problem[];
}

/** An agreed breach: problems of the rule in the file are left out. */
export interface Exception {
  readonly rule: string;
  readonly path: string;
  readonly reason: string;
}

/** What breaks a rule in a tree and is not agreed, one line of text for each problem. */
export function breaches(rule: Rule, tree: Tree, exceptions: readonly Exception[]): readonly string[] {
  const agreed = new Set(exceptions.filter((it) => it.rule === rule.name).map((it) => it.path));
  const problems = rule.find(tree);
  const broken = new Set(problems.map((it) => it.path));
  return [
    ...problems
      .filter((it) => !agreed.has(it.path))
      .map((it) => `${it.path}${it.line === undefined ? "" : `:${it.line}`} ${it.what} [${rule.name}] ${rule.mend}`),
    ...[...agreed]
      .filter((path) => !broken.has(path))
      .map((path) => `${path} needs no exception from [${rule.name}] any more. Remove it from tidy/exceptions.ts.`),
  ];
}
