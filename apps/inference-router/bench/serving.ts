/**
 * The Open Inference Protocol through the platform, beside other model servers in the same run.
 *
 * Starts `throughline up` as its users do, registers, releases and deploys the models of the peers' bench through the API
 * (so the prediction log and every check are on), compares its answers, and then lets the peers' bench load it in turn with
 * the others, with the same tools and payloads. `--peers FOLDER` has that bench (bench.py, peers.py, report.py); `--work
 * FOLDER` is what its setup has made; `--servers NAME,NAME` are the others, by default those of SERVERS; `--floors` measures those of FLOORS in the same
 * run, and afterwards what the runtime does alone in one process; what is left goes to the peers' bench
 * (`--reps`, `--seconds`, `--warm`, `--models`, `--conns`, `--tools`, `--batches`).
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { preparePlatform, UP } from "./serving/prepared-platform.ts";

const SERVERS = ["triton-native-batch", "triton-native", "mlserver-inproc", "kserve"];
/** Bare node:http, grpc-js and node:http2 in front of onnxruntime, batched for each turn: without routing, checks or log. */
const FLOORS = ["n26-http-bindbatch", "n26-grpcjs-bindbatch", "n26-h2raw-bindbatch"];
/** Runs the tiny model in batches of 1 and of 32. */
const RUNTIME = join(import.meta.dirname, "processes", "server.ts");
const MODELS = ["tiny", "gbdt", "mlp"];

const { values: flags } = parseArgs({
  options: {
    peers: { type: "string" },
    work: { type: "string" },
    servers: { type: "string", default: SERVERS.join(",") },
    floors: { type: "boolean", default: false },
    reps: { type: "string", default: "3" },
    seconds: { type: "string", default: "4" },
    // Before a server is measured: what is compiled while it runs takes some ten thousand requests.
    warm: { type: "string", default: "5" },
    models: { type: "string", default: MODELS.join(",") },
    conns: { type: "string", default: "1,32" },
    tools: { type: "string", default: "wrk,h2load,ghz" },
    batches: { type: "string", default: "1" },
    out: { type: "string" },
  },
});

async function main(): Promise<void> {
  if (flags.peers === undefined || flags.work === undefined) {
    throw new Error("Name the folder of the peers' bench (--peers) and the one that its setup has made (--work).");
  }
  const [peers, work] = [resolve(flags.peers), resolve(flags.work)];
  const dir = mkdtempSync(join(tmpdir(), "throughline-serving-"));
  const out = resolve(flags.out ?? join(dir, "run.jsonl"));
  try {
    const data = join(dir, "platform");
    await preparePlatform({ data, log: join(dir, "up.log"), from: join(work, "data"), models: MODELS });
    const python = join(work, "venvs", "tools", "bin", "python");
    const contender = join(import.meta.dirname, "serving", "contender.py");
    const others = flags.servers.split(",").filter((it) => it !== "");
    const servers = ["throughline", ...others, ...(flags.floors ? FLOORS : [])].join(",");
    const { reps, seconds, warm, models, conns, tools, batches } = flags;
    const given = Object.entries({ reps, seconds, warm, models, conns, tools, batches }).flatMap(([k, it]) => [
      `--${k}`,
      it,
    ]);
    const environment = {
      THROUGHLINE_BENCH_UP: JSON.stringify([process.execPath, ...UP]),
      THROUGHLINE_BENCH_DATA: data,
      PYTHONPATH: peers,
      PYTHONDONTWRITEBYTECODE: "1",
    };
    await finished([python, contender, "--work", work, "--peers", servers, "--out", out, ...given], environment);
    await finished([python, join(peers, "report.py"), out, "--sort", "eff"], environment);
    if (flags.floors) await finished([process.execPath, "--no-warnings", RUNTIME, "runtime"], {});
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function finished(command: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const [executable = "", ...given] = command;
  const child = spawn(executable, given, { stdio: "inherit", env: { ...process.env, ...environment } });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`${command.slice(0, 2).join(" ")} ended with ${code}`);
}

await main();
