import { createHash } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore } from "@throughline/blobs";
import { type Digest, invariant } from "@throughline/kernel";
import { logUnavailable } from "../domain/errors.ts";
import { inputsWaiting } from "../domain/log-errors.ts";
import type { PayloadReference } from "../domain/prediction.ts";
import { createdMs } from "./created.ts";

/** Inputs on their way out of the log. */
export interface KeptInputs {
  readonly payload: PayloadReference;
  /** Their record is in the log. */
  logged(): void;
  /** Their record did not come into the log. */
  dropped(): Promise<void>;
}

export interface InputCounts {
  /** Inputs that are only on this machine's disk yet, and their bytes. */
  readonly waitingCount: number;
  readonly waitingBytes: number;
  readonly storedCount: number;
  /** Predictions that were refused because too many bytes waited. */
  readonly refusedCount: number;
}

/**
 * Inputs that are too large for the log. Laws:
 * - Inputs whose record was acknowledged are never lost: they are on disk before the record, and are removed there when the blob store has them.
 * - In the durable setting the blob store has them before the record is written.
 * - What was kept for a record that a crash prevented is removed when the log is opened again, from both places.
 */
export interface PayloadStore {
  /**
   * Keeps inputs under a number of their own, whose time says which records may name them.
   * Fails with PREDICTION_INPUTS_WAITING if too many bytes wait for the blob store, and with PREDICTION_LOG_UNAVAILABLE.
   */
  keep(bytes: Buffer, number: string): Promise<KeptInputs>;
  read(payload: PayloadReference): Promise<Buffer>;
  /**
   * Takes up what an earlier process left. `referred` gives the digests that records name which are not older than an instant.
   */
  recover(referred: (sinceMs: number) => Promise<ReadonlySet<string>>): Promise<void>;
  counts(): InputCounts;
  /** Resolves when the blob store has everything that waits, or one of it could not be stored. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

export interface PayloadStoreOptions {
  /** Folder of what waits for the blob store; made when it is needed. */
  readonly dir: string;
  readonly blobs: Pick<BlobStore, "put" | "get" | "delete">;
  /** Waits for the blob store before a record is written. */
  readonly sync: boolean;
  readonly waitingBytesMax: number;
  /** Pause after the blob store failed. */
  readonly retryMs: number;
  readonly onProblem: (subject: string, error: unknown) => void;
}

export function payloadStore(options: PayloadStoreOptions): PayloadStore {
  const { dir, blobs, sync, waitingBytesMax } = options;
  const waiting: PayloadReference[] = [];
  const totals = { waitingBytes: 0, storedCount: 0, refusedCount: 0 };
  let sending: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;

  /** Files of what is not only in the blob store, by digest. */
  const paths = new Map<string, string>();
  const pathOf = (digest: string): string => {
    const path = paths.get(digest);
    invariant(path, "inputs that wait have a file");
    return path;
  };
  const forget = (payload: PayloadReference): Promise<void> => {
    totals.waitingBytes -= payload.size;
    const path = pathOf(payload.digest);
    paths.delete(payload.digest);
    return rm(path, { force: true });
  };
  /** Where the blob store does not take them away, the file stays, so that they are found when the log is opened again. */
  const dropStored = async (payload: PayloadReference): Promise<void> => {
    try {
      await blobs.delete(payload.digest);
      await forget(payload);
    } catch (error) {
      totals.waitingBytes -= payload.size;
      options.onProblem("inputs of predictions", error);
    }
  };
  const store = async ({ digest, size }: PayloadReference): Promise<void> => {
    const file = await open(pathOf(digest), "r");
    try {
      const bytes = file.createReadStream({ autoClose: false });
      await blobs.put(bytes, { expectedDigest: digest, expectedSize: size });
      totals.storedCount += 1;
    } finally {
      await file.close();
    }
  };
  const send = async (): Promise<void> => {
    for (let next = waiting[0]; next !== undefined && !isClosed; next = waiting[0]) {
      try {
        await store(next);
        waiting.shift();
        await forget(next);
      } catch (error) {
        options.onProblem("inputs of predictions", error);
        // Somebody has taken the file away: there is nothing to send again.
        const { code, path } = error as NodeJS.ErrnoException;
        if (code === "ENOENT" && path === paths.get(next.digest)) await forget(waiting.shift() ?? next);
        retry = setTimeout(start, options.retryMs);
        retry.unref();
        return;
      }
    }
  };
  const start = (): void => {
    if (isClosed) return;
    sending ??= send().finally(() => {
      sending = undefined;
    });
  };
  const enqueue = (payload: PayloadReference): void => {
    waiting.push(payload);
    start();
  };
  const spool = async (bytes: Buffer, path: string): Promise<void> => {
    await mkdir(dir, { recursive: true });
    await writeFile(`${path}.partial`, bytes, { flush: sync });
    await rename(`${path}.partial`, path);
  };

  return {
    async keep(bytes, number) {
      if (totals.waitingBytes + bytes.byteLength > waitingBytesMax) {
        totals.refusedCount += 1;
        throw inputsWaiting(totals.waitingBytes);
      }
      const digest: Digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      const payload = { digest, size: bytes.byteLength };
      const path = join(dir, `${number}.${digest.slice("sha256:".length)}.inputs`);
      totals.waitingBytes += payload.size;
      paths.set(digest, path);
      const dropped = (): Promise<void> => (sync ? dropStored(payload) : forget(payload));
      try {
        await spool(bytes, path);
        if (sync) await store(payload);
      } catch (cause) {
        await dropped().catch(() => {});
        throw logUnavailable(cause);
      }
      return { payload, dropped, logged: () => (sync ? void forget(payload).catch(() => {}) : enqueue(payload)) };
    },
    async read({ digest }) {
      // The file goes once the blob store has the bytes.
      const path = paths.get(digest);
      const bytes = path === undefined ? undefined : await readFile(path).catch(() => undefined);
      return bytes ?? Buffer.concat(await Array.fromAsync(blobs.get(digest)));
    },
    async recover(referred) {
      const names = await readdir(dir).catch(() => []);
      const found: { readonly payload: PayloadReference; readonly timeMs: number }[] = [];
      for (const name of names) {
        const path = join(dir, name);
        const [, number, hex] = /^([0-9a-z]{26})\.([0-9a-f]{64})\.inputs$/.exec(name) ?? [];
        if (number === undefined) await rm(path, { force: true });
        else {
          const digest: Digest = `sha256:${hex}`;
          paths.set(digest, path);
          found.push({ payload: { digest, size: (await stat(path)).size }, timeMs: createdMs(number) });
        }
      }
      if (found.length === 0) return;
      const named = await referred(Math.min(...found.map((it) => it.timeMs)));
      for (const { payload } of found) {
        totals.waitingBytes += payload.size;
        if (named.has(payload.digest)) enqueue(payload);
        else await dropStored(payload);
      }
    },
    counts: () => ({ waitingCount: waiting.length, ...totals }),
    async settled() {
      await sending;
    },
    async close() {
      isClosed = true;
      clearTimeout(retry);
      await sending;
    },
  };
}
