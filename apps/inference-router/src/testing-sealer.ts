import { writeSync } from "node:fs";
import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import { canonicalRowBytes, timeOrderedIds } from "@throughline/kernel";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { sealer } from "./domain/sealing/sealer.ts";
import { openPredictionLog } from "./log/open-log.ts";
import { exportFile } from "./store/export-file.ts";
import { sealedLogStore } from "./store/sealed-log-store.ts";

/**
 * A process for the tests of sealing: appends a few predictions, lets two hours pass and seals, again and again until it is killed. It
 * prints `id ...` for each prediction that is acknowledged, and `step ...` before and after each step of sealing.
 */
const [, , dir = "", startMs = "0"] = process.argv;
const time = { nowMs: Number(startMs) };
const clock = { now: () => time.nowMs };
const say = (line: string): void => void writeSync(1, `${line}\n`);
const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  say(`step before ${name}`);
  const done = await work();
  say(`step after ${name}`);
  return done;
};
const blobs = await fileBlobStore(join(dir, "blobs"));
const store = await openStore(`sqlite://${join(dir, "store.db")}`);
const tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
const log = await openPredictionLog({
  ...{
    dir: join(dir, "log"),
    newId: timeOrderedIds(clock),
    clock,
    sync: false,
    segmentBytesMax: 700,
    pendingBytesMax: 1e6,
  },
  outside: { blobs, inputsDir: join(dir, "inputs"), inputsBytesMax: 1e6, retryMs: 5, onProblem: () => {} },
});
const file = exportFile(dir, blobs);
const sealed = sealedLogStore(store);
const sealing = sealer({
  ...{ log, tables, clock, lookMs: 1e9, localMs: 2 * 3_600_000, lineage: () => [] },
  sealed: {
    ...sealed,
    begin: (it) => step("begin", () => sealed.begin(it)),
    finish: (it, along) => step("finish", () => sealed.finish(it, along)),
  },
  file: {
    ...file,
    keep: (path) => step("keep", () => file.keep(path)),
    drop: (digest) => blobs.delete(digest),
  },
  onProblem: (_, error) => say(`problem ${error}`),
});

const facts = { release: "r", digest: "d", features: ["a"], viewVersions: {}, path: [], thresholds: {} };
for (let i = 0; ; i++) {
  for (let k = 0; k < 5; k++) {
    const value = k === 4 ? "large".repeat(300) : `${i} ${k}`;
    const vector = [{ value, status: "present" as const }];
    const entry = {
      facts,
      score: k,
      vector,
      vectorBytes: canonicalRowBytes([value]),
      entity: {},
      inlineBytesMax: 1_024,
    };
    const { id } = await log.append("projects/p/deployments/d", {
      ...entry,
      asOfNs: 0n,
      timeMs: time.nowMs,
      latencyUs: 1,
    });
    say(`id ${id}`);
  }
  time.nowMs += 2 * 3_600_000;
  say(`time ${time.nowMs}`);
  await sealing.look();
}
