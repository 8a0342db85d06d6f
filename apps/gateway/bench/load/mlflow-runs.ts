import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AddRuns } from "./mlflow-api.ts";

const SCRIPT = join(import.meta.dirname, "mlflow_runs.py");
/** Runs the Python that stands beside a program, which may be in PATH. */
const PYTHON_BESIDE = 'exec "$(dirname "$(command -v "$0")")/python" "$@"';

/** Adds runs to a database of MLflow, whose executable is given. */
export const addRunsTo =
  (executable: string, database: string): AddRuns =>
  async (like, runs) => {
    const given = ["-c", PYTHON_BESIDE, executable, SCRIPT, database, like];
    const child = spawn("sh", given, { stdio: ["pipe", "ignore", "inherit"] });
    child.stdin.end(JSON.stringify(runs));
    const [code] = await once(child, "exit");
    if (code !== 0) throw new Error(`${SCRIPT} failed with code ${code}`);
  };
