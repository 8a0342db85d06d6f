/** Generates the code of the contracts: `node scripts/generate.ts`; with `--check` it fails if that changes anything. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { writeComments } from "./comments.ts";
import { fetchContracts } from "./contracts.ts";

const root = join(import.meta.dirname, "..");
const generated = ["libs/contracts/src/gen", "libs/clients"];

fetchContracts();
execFileSync("buf", ["generate"], { cwd: root, stdio: "inherit" });
writeComments(root);

if (process.argv.includes("--check")) {
  const changed = execFileSync("git", ["status", "--porcelain", "--", ...generated], { cwd: root, encoding: "utf8" });
  if (changed !== "") {
    console.error(`generated code is stale; run "npm run gen" and commit:\n${changed}`);
    process.exit(1);
  }
}
