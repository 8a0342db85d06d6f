import { createReadStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "@throughline/blobs";
import type { ExportFile } from "../domain/export-predictions.ts";

/** Files of exports: in a folder of their own while they are written, and then in the blob store. */
export const exportFile = (scratchDir: string, blobs: Pick<BlobStore, "put">): ExportFile => ({
  async write(work) {
    const folder = await mkdtemp(join(scratchDir, "export-"));
    try {
      return await work(join(folder, "predictions.parquet"));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  keep: (path) => blobs.put(createReadStream(path)),
});
