/** Generates the code of the contracts: `node scripts/generate.ts`; with `--check` it fails if that changes anything. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeComments } from "./comments.ts";
import { fetchContracts } from "./contracts.ts";

const root = join(import.meta.dirname, "..");
const generated = ["libs/contracts/src/gen", "libs/clients/python/gen"];

/** Generates the Python messages and stubs. The stubs ask for at least this version of grpcio at run time. */
const PYTHON_TOOLS = "grpcio-tools==1.78.0";

const run = (command: string, ...args: string[]): void => {
  execFileSync(command, args, { cwd: root, stdio: "inherit" });
};

fetchContracts();
run("buf", "generate");
writeComments(root);
installPythonTools();
run("buf", "generate", "--template", "libs/clients/python/buf.gen.yaml");

if (process.argv.includes("--check")) {
  const changed = execFileSync("git", ["status", "--porcelain", "--", ...generated], { cwd: root, encoding: "utf8" });
  if (changed !== "") {
    console.error(`generated code is stale; run "npm run gen" and commit:\n${changed}`);
    process.exit(1);
  }
}

/** Puts the tools into a virtual environment of their own, unless they are there. */
function installPythonTools(): void {
  const folder = join(root, ".cache/python-gen");
  const marker = join(folder, "installed.txt");
  if (existsSync(marker) && readFileSync(marker, "utf8") === PYTHON_TOOLS) return;
  run("python3", "-m", "venv", "--clear", folder);
  run(join(folder, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", PYTHON_TOOLS);
  writeFileSync(marker, PYTHON_TOOLS);
}
