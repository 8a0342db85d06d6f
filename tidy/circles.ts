import { posix } from "node:path";
import type { Rule } from "./problem.ts";
import type { Tree } from "./tree.ts";

export const importCircles: Rule = {
  name: "import circles",
  mend: "Move what both sides need into a file of its own: which of them is loaded first decides what is there.",
  find: (tree) =>
    circles(tree).map((circle) => ({
      path: circle[0] ?? "",
      what: `is loaded by what it loads: ${[...circle.slice(1), circle[0]].join(" -> ")}`,
    })),
};

/** Each way of imports that leads back to where it began, from the file whose path comes first. Types load nothing. */
function circles(tree: Tree): readonly (readonly string[])[] {
  const found: (readonly string[])[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const follow = (path: string): void => {
    const at = way.indexOf(path);
    if (at >= 0) return void found.push(fromFirst(way.slice(at)));
    if (done.has(path)) return;
    way.push(path);
    for (const { specifier, typeOnly } of tree.sources.get(path)?.imports ?? [])
      if (!typeOnly && specifier.startsWith(".")) follow(posix.join(posix.dirname(path), specifier));
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
