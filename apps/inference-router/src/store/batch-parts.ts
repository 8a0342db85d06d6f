import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BatchParts } from "../domain/batch/predict-batch.ts";

/** Parts of batches in files under a folder, in one of its own for each operation. */
export const batchParts = (dir: string): BatchParts => {
  const folderOf = (operation: string): string => join(dir, operation.slice(operation.lastIndexOf("/") + 1));
  return {
    async path(operation, part) {
      const folder = folderOf(operation);
      await mkdir(folder, { recursive: true });
      return join(folder, `${String(part).padStart(8, "0")}.parquet`);
    },
    remove: (operation) => rm(folderOf(operation), { recursive: true, force: true }),
  };
};
