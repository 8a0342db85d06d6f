import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ServiceImpl } from "@connectrpc/connect";
import { InferenceService } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { pageTokens, systemClock, timeOrderedIds } from "@throughline/kernel";
import { guard, mount, serveGrpc, trustLocalCallers } from "@throughline/rpc";
import { assemble } from "../../src/assemble.ts";
import { predictor } from "../../src/domain/predict.ts";
import type { PredictionLog } from "../../src/domain/prediction-log.ts";
import { inferenceHandlers } from "../../src/rpc/inference-handlers.ts";
import { smallFeatureStore } from "../../src/testing-feature-store.ts";
import { openPlatform } from "../../src/testing-router.ts";

/**
 * The router of the bench `log`, usual or `durable`: prints its port. Told `start` it begins to measure, told `stop` it prints what
 * it measured, as JSON. The deployment `unlogged` is answered as the other one is, by the same router, but for the log.
 */
const [, , mode] = process.argv;
const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));

const appends: number[] = [];
const turns: number[] = [];
let isMeasuring = false;
let before = process.cpuUsage();

const { registry, store, blobs, tables, model } = await openPlatform(dir);
const newId = timeOrderedIds(systemClock);
const router = await assemble({
  store,
  blobs,
  tables,
  newId,
  clock: systemClock,
  logSync: mode === "durable",
  logDir: join(dir, "log"),
  pageTokens: pageTokens(Buffer.from("0123456789abcdef")),
  registry: registry.transport,
  features: smallFeatureStore(),
  recordLineage: async () => {},
  onProblem: (subject, error) => console.error(subject, error),
  limits: { queueRowsMax: 100_000 },
});
router.log.observeAppends((ms) => void (isMeasuring && appends.push(ms * 1_000)));
const release = registry.release(await model("logistic3"), { output: "probabilities", column: 1 });
for (const it of ["three", "unlogged"]) registry.deploy(`projects/default/deployments/${it}`, { [release]: 10_000 });
const watch = router.watch();
while (!watch.isComplete() || !router.table.isReady()) await new Promise((resolve) => setTimeout(resolve, 5));

const { predicting } = router.answers;
const nowhere = { id: newId(), position: { segment: newId(), offset: 0 } };
const unlogged: PredictionLog = { ...predicting.log, append: () => Promise.resolve(nowhere) };
const predicts = [predictor(predicting), predictor({ ...predicting, log: unlogged })] as const;
// Of the contract nothing but the call that is measured.
const handlers = inferenceHandlers({
  predict: (request) => predicts[request.deployment.endsWith("/unlogged") ? 1 : 0](request),
} as Parameters<typeof inferenceHandlers>[0]);
const service = mount(InferenceService, handlers satisfies ServiceImpl<typeof InferenceService>);
const observe = () => ({ end: () => {}, bug: (cause: unknown) => console.error(cause) });
const mounts = [guard(service, { authenticate: trustLocalCallers, observe })];
const { port } = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
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
// The process that measures has ended.
process.exit(0);
