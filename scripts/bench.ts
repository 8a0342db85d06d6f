/**
 * `npm run bench -- NAME [ARGUMENTS...]` runs the bench of that name: the file bench/NAME.ts of one project.
 * Without a name it lists the benches with the first line of what each says about itself.
 */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ROOT, run } from "./run.ts";

const [name, ...given] = process.argv.slice(2);
const benches = globSync(["apps/*/bench/*.ts", "libs/*/bench/*.ts", "examples/*/bench/*.ts"], { cwd: ROOT }).sort();
const found = benches.filter((it) => basename(it, ".ts") === name);

if (name === undefined) {
  for (const path of benches) console.log(`${basename(path, ".ts").padEnd(16)} ${about(path)}`);
  if (benches.length === 0) console.log("There is no bench yet.");
} else if (found[0] === undefined || found.length > 1) {
  console.error(
    found.length > 1 ? `Several benches are called ${name}: ${found.join(", ")}` : `There is no bench ${name}.`,
  );
  console.error("`npm run bench` lists them.");
  process.exitCode = 1;
} else {
  const { code } = await run([process.execPath, found[0], ...given]);
  process.exitCode = code;
}

/** The first sentence or line of the doc comment that a bench begins with. */
function about(path: string): string {
  const comment = /\/\*\*([\s\S]*?)\*\//.exec(readFileSync(join(ROOT, path), "utf8"))?.[1] ?? "";
  return (
    comment
      .split("\n")
      .map((it) => it.replace(/^\s*\*?\s?/, "").trim())
      .find((it) => it !== "") ?? "(says nothing about itself)"
  );
}
