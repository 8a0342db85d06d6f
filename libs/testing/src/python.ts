import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** A Python with packages of others, for tests that play programs of others. */
export interface Python {
  /** Path of a program of the environment, such as `python` or `mlflow`. */
  program(name: string): string;
  /** Runs a script to its end, and gives what it printed on standard output. Fails with the end of all that it printed. */
  run(script: string, running: Running): Promise<string>;
}

export interface Running {
  readonly cwd: string;
  /** Added to the environment, without what is set there for MLflow, Node, the test runner and Python. */
  readonly environment: Readonly<Record<string, string>>;
}

const LOCK_POLL_MS = 500;
const OUTPUT_SHOWN = 6_000;

/**
 * Makes the virtual environment of a requirements file in `folder`, unless it is there (minutes, once; it needs Python and a
 * package index). Test files that ask at the same time wait for the one that makes it.
 */
export async function preparePython(requirements: string, folder: string): Promise<Python> {
  const wanted = readFileSync(requirements, "utf8");
  const marker = join(folder, "installed.txt");
  const isThere = (): boolean => existsSync(marker) && readFileSync(marker, "utf8") === wanted;
  const program = (name: string): string => join(folder, "bin", name);
  if (!isThere()) {
    const unlock = await lock(`${folder}.lock`);
    try {
      if (!isThere()) {
        const at = { cwd: tmpdir(), environment: {} };
        await run(["python3", "-m", "venv", "--clear", folder], at);
        const pip = [program("python"), "-m", "pip", "--quiet", "--disable-pip-version-check"] as const;
        await run([...pip, "install", "-r", requirements], at);
        writeFileSync(marker, wanted);
      }
    } finally {
      unlock();
    }
  }
  return { program, run: (script, running) => run([program("python"), script], running) };
}

/** Waits until this process alone has the file. One that a dead process left is taken over. */
async function lock(path: string): Promise<() => void> {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true });
    await delay(LOCK_POLL_MS);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function run([file, ...args]: readonly [string, ...string[]], { cwd, environment }: Running): Promise<string> {
  const kept = Object.entries(process.env).filter(([key]) => !/^(MLFLOW|NODE|VITEST|PYTHON)/.test(key));
  const env = { ...Object.fromEntries(kept), PYTHONDONTWRITEBYTECODE: "1", ...environment };
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const said: string[] = [];
    const printed: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (piece: string) => {
        said.push(piece);
        if (stream === child.stdout) printed.push(piece);
      });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) return resolve(printed.join(""));
      const end = said.join("").slice(-OUTPUT_SHOWN);
      reject(new Error(`${[file, ...args].join(" ")} ended with ${code}\n${end}`));
    });
  });
}
