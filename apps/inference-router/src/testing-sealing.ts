import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import { type Clock, timeOrderedIds } from "@throughline/kernel";
import { openStore } from "@throughline/store";
import { openTables } from "@throughline/tables";
import { openPredictionLog } from "./log/open-log.ts";
import { exportFile } from "./store/export-file.ts";
import { sealedLogStore } from "./store/sealed-log-store.ts";

/** What sealing works on, in a folder for tests: a log of small segments with what is around it. */
export async function openSealing(dir: string, clock: Clock) {
  const blobs = await fileBlobStore(join(dir, "blobs"));
  const store = await openStore(`sqlite://${join(dir, "store.db")}`);
  const tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 256, threads: 1, processes: 1 });
  const log = await openPredictionLog({
    dir: join(dir, "log"),
    newId: timeOrderedIds(clock),
    clock,
    sync: false,
    segmentBytesMax: 700,
    pendingBytesMax: 1e6,
    outside: { blobs, inputsDir: join(dir, "inputs"), inputsBytesMax: 1e6, retryMs: 5, onProblem: () => {} },
  });
  return {
    blobs,
    tables,
    log,
    sealed: sealedLogStore(store),
    file: { ...exportFile(dir, blobs), drop: blobs.delete },
    async close(): Promise<void> {
      await log.inputsSettled();
      await log.close();
      await tables.close();
      await store.close();
    },
  };
}
