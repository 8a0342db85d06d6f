import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const SCRIPTS = join(import.meta.dirname, "../python");
const CLIENT = join(import.meta.dirname, "../../../libs/clients/python");

/** The Python of the demonstration: a virtual environment of its own, with pinned packages. */
export interface Python {
  /** Runs one of the demonstration's scripts, and reads the line of JSON that it ends with. */
  run<T>(script: string, ...args: readonly string[]): Promise<T>;
}

export interface PythonOptions {
  /** Where the virtual environment is, or is to be made. */
  readonly folder: string;
  /** The environment that programs are started with; `PYTHON` names the Python to begin with (`python3`). */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Makes the virtual environment, unless it is there with the same packages. */
export async function openPython({ folder, environment }: PythonOptions): Promise<Python> {
  const requirements = join(SCRIPTS, "requirements.txt");
  const marker = join(folder, "installed.txt");
  const wanted = readFileSync(requirements, "utf8");
  const binary = join(folder, "bin/python");
  if (!existsSync(marker) || readFileSync(marker, "utf8") !== wanted) {
    await execute(environment["PYTHON"] ?? "python3", ["-m", "venv", "--clear", folder], environment);
    const install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements];
    await execute(binary, install, environment);
    writeFileSync(marker, wanted);
  }
  const path = [join(CLIENT, "src"), join(CLIENT, "gen")].join(delimiter);
  return {
    async run(script, ...args) {
      // Threads that wait give their core away: other steps work beside this one.
      const threads = { OMP_NUM_THREADS: "2", OMP_WAIT_POLICY: "PASSIVE" };
      const scripted = { ...environment, ...threads, PYTHONPATH: path };
      const output = await execute(binary, [join(SCRIPTS, script), ...args], scripted);
      return JSON.parse(output.trim().split("\n").at(-1) ?? "");
    },
  };
}

/** Runs a program to its end and returns what it printed. Fails with what it complained of. */
function execute(command: string, args: readonly string[], environment: PythonOptions["environment"]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: environment as NodeJS.ProcessEnv,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: Buffer[] = [];
    const complaints: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => complaints.push(chunk));
    child.once("error", reject);
    child.once("close", (status) => {
      const said = Buffer.concat(output).toString("utf8");
      if (status === 0) return resolve(said);
      const why = Buffer.concat(complaints).toString("utf8").slice(-4_000);
      reject(new Error(`${[command, ...args].join(" ")} ended with status ${status}:\n${said.slice(-1_000)}${why}`));
    });
  });
}
