import { posix } from "node:path";
import type { Rule } from "./problem.ts";
import type { Import } from "./source.ts";
import type { Tree } from "./tree.ts";

export const importCircles: Rule = {
  name: "import circles",
  mend: "Move what both sides need into a file of its own: which of them is loaded first decides what is there.",
  find: (tree) =>
    circles(tree, (it) => !it.typeOnly).map((circle) => ({
      path: circle[0] ?? "",
      what: `is loaded by what it loads: ${[...circle.slice(1), circle[0]].join(" -> ")}`,
    })),
};

/** Where circles of types alone are left: an app whose stores and logs still name each other's types. */
const TYPES_LEFT = /^apps\/inference-router\//;

export const typeCircles: Rule = {
  name: "type circles",
  mend: "Move the type to what it is about: a file that can only be understood with another one is a part of it.",
  find: (tree) =>
    circles(tree, () => true)
      .filter((circle) => circle.some((it) => !TYPES_LEFT.test(it)))
      .map((circle) => ({
        path: circle[0] ?? "",
        what: `is described by what it describes: ${[...circle.slice(1), circle[0]].join(" -> ")}`,
      })),
};

/** Each way of imports that leads back to where it began, from the file whose path comes first. */
function circles(tree: Tree, counts: (it: Import) => boolean): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const follow = (path: string): void => {
    const at = way.indexOf(path);
    if (at >= 0) return void found.push(fromFirst(way.slice(at)));
    if (done.has(path)) return;
    way.push(path);
    for (const it of tree.sources.get(path)?.imports ?? [])
      if (counts(it) && it.specifier.startsWith(".")) follow(posix.join(posix.dirname(path), it.specifier));
    way.pop();
    done.add(path);
  };
  for (const path of tree.sources.keys()) follow(path);
  return found;
}

function fromFirst(circle: readonly string[]): readonly string[] {
  const at = circle.indexOf(circle.toSorted()[0] ?? "");
  return [...circle.slice(at), ...circle.slice(0, at)];
}
