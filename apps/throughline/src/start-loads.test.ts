import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const BIN = join(import.meta.dirname, "../bin/throughline.mjs");

/** Tells of each module that the process loads. */
const TELLS = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from "node:module";
  registerHooks({ load(url, context, next) { process.stderr.write("loads " + url + "\\n"); return next(url, context); } });
`)}`;

/** Packages that a platform on one machine has no use for. Each would cost all users memory, and time at every start. */
const OF_OTHERS = ["mongodb", "bson", "minio", "apache-arrow", "@duckdb/node-api", "onnxruntime-node"];

test("a platform on files and SQLite loads no driver of another store, and no engine that runs in a process of its own", async () => {
  const dir = await mkdtemp(join(tmpdir(), "throughline-loads-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const free = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--data", join(dir, "data")];
  const child = spawn(process.execPath, ["--import", TELLS, BIN, "up", ...free]);
  onTestFinished(() => void child.kill("SIGKILL"));
  const exited = once(child, "exit");
  let output = "";
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  const isUp = new Promise<void>((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      said += piece;
      if (/^ {2}gRPC +\S+:\d+$/m.test(said)) resolve();
    });
  });
  await Promise.race([isUp, exited.then(() => Promise.reject(new Error(output.slice(-4_000))))]);
  child.kill("SIGTERM");
  await exited;
  const packages = new Set(
    Array.from(output.matchAll(/^loads .*node_modules\/((?:@[^/]+\/)?[^/]+)\//gm), (it) => it[1]),
  );
  // What it does need shows that the list is one.
  expect([...packages]).toEqual(expect.arrayContaining(["@bufbuild/protobuf", "lmdb"]));
  expect(OF_OTHERS.filter((it) => packages.has(it))).toEqual([]);
});
