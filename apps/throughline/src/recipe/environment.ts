import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { promisify } from "node:util";

/** The packages that a command runs with, as far as they can be told. */
export interface EnvironmentState {
  /** Exact versions as text; equal environments have equal texts. Empty if nothing is known. */
  readonly lock: string;
  /** The interpreter and its version, such as `python 3.11.2`. Empty for a program that is none. */
  readonly runtime: string;
  /** Operating system and processor, such as `linux x64`. */
  readonly platform: string;
}

/** Lock files that the package managers of today write, the most exact first. */
const LOCK_FILES = [
  "uv.lock",
  "poetry.lock",
  "Pipfile.lock",
  "pylock.toml",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "Cargo.lock",
  "go.sum",
  "renv.lock",
  "requirements.txt",
];

/**
 * Takes the environment of a command. A Python interpreter is asked for what it would import; for anything else the
 * lock file nearest to the folder counts, up to `top`.
 */
export async function environmentState(
  command: readonly string[],
  folders: { readonly directory: string; readonly top: string },
): Promise<EnvironmentState> {
  const platform = `${process.platform} ${process.arch}`;
  const program = command[0] ?? "";
  if (/^python[\d.]*$/.test(basename(program))) return { ...(await pythonPackages(program)), platform };
  const runtime = /^node$/.test(basename(program)) ? `node ${await versionOf(program)}` : "";
  return { lock: await nearestLock(folders), runtime, platform };
}

const run = promisify(execFile);

/** Every distribution that the interpreter finds, by name. */
const LIST_PACKAGES = `
import importlib.metadata, platform, re
found = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
print(platform.python_implementation().lower().replace("cpython", "python"), platform.python_version())
print("\\n".join(f"{name}=={version}" for name, version in sorted(found.items())))
`;

async function pythonPackages(interpreter: string): Promise<Pick<EnvironmentState, "lock" | "runtime">> {
  const { stdout } = await run(interpreter, ["-c", LIST_PACKAGES], { maxBuffer: 16 * 1024 * 1024 });
  const [runtime = "", ...packages] = stdout.trim().split("\n");
  return { runtime, lock: packages.map((it) => `${it}\n`).join("") };
}

async function versionOf(program: string): Promise<string> {
  return (await run(program, ["--version"])).stdout.trim().replace(/^v/, "");
}

async function nearestLock({ directory, top }: { readonly directory: string; readonly top: string }): Promise<string> {
  for (let folder = directory; ; folder = dirname(folder)) {
    for (const name of LOCK_FILES) {
      const text = await readFile(join(folder, name), "utf8").catch(() => undefined);
      if (text !== undefined) return text;
    }
    if (relative(top, folder) === "" || dirname(folder) === folder) return "";
  }
}

/** The lines that only one of two locks has, marked by `-` and `+`. At most `limit`. */
export function lockDifferences(recorded: string, present: string, limit: number): readonly string[] {
  const before = new Set(recorded.split("\n"));
  const after = new Set(present.split("\n"));
  return [
    ...[...before].filter((it) => !after.has(it)).map((it) => `- ${it}`),
    ...[...after].filter((it) => !before.has(it)).map((it) => `+ ${it}`),
  ].slice(0, limit);
}
