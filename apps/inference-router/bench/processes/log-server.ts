import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { serveGrpc } from "@throughline/rpc";
import { guardedMounts, openPlatform } from "../../src/testing-router.ts";

/**
 * The router of the bench `log`, usual or `durable`: prints its port. Told `start` it begins to measure, told `stop` it prints what
 * it measured, as JSON.
 */
const [, , mode] = process.argv;
const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));

const appends: number[] = [];
const turns: number[] = [];
let isMeasuring = false;
let before = process.cpuUsage();
const silent = { addCallback: () => {}, record: () => {}, add: () => {} };
const meter = {
  createHistogram: (name: string) =>
    name === "throughline_log_append_seconds"
      ? { record: (seconds: number) => void (isMeasuring && appends.push(seconds * 1e6)) }
      : silent,
  createObservableCounter: () => silent,
  createObservableGauge: () => silent,
  createCounter: () => silent,
  addBatchObservableCallback: () => {},
};

const platform = await openPlatform(dir);
const { registry } = platform;
const { service, serving } = await platform.start({ queueRowsMax: 100_000 }, { logSync: mode === "durable" });
service.measure?.(meter as never);
const release = registry.release(await platform.model("logistic3"), { output: "probabilities", column: 1 });
registry.deploy("projects/default/deployments/three", { [release]: 10_000 });
await serving("projects/default/deployments/three", [release]);
const { port } = await serveGrpc({ mounts: guardedMounts(service), host: "127.0.0.1", port: 0 });
console.log(port);

/** Turns of the event loop while there is something to do: an idle one would be asked for its next turn without an end. */
function measureTurns(): void {
  const startedAt = performance.now();
  setImmediate(() => {
    turns.push((performance.now() - startedAt) * 1_000);
    if (isMeasuring) setTimeout(measureTurns, 1);
  });
}

function quantiles(values: number[]) {
  values.sort((a, b) => a - b);
  const at = (share: number): number => values[Math.floor(share * (values.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line === "start") {
    appends.length = turns.length = 0;
    before = process.cpuUsage();
    isMeasuring = true;
    measureTurns();
    console.log("measuring");
  } else {
    isMeasuring = false;
    const { user, system } = process.cpuUsage(before);
    const told = { count: appends.length, append: quantiles(appends), turn: quantiles(turns) };
    console.log(JSON.stringify({ ...told, processorUs: user + system }));
  }
}
