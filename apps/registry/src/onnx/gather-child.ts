// The process that puts the data beside a model into it. It holds nothing but that model, and its parent ends it when it
// takes too much memory or time. Nothing imports this file: it is started by check-process.ts.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { CheckAnswer, GatherRequest } from "./check-messages.ts";
import { scatteredModel } from "./external-data.ts";
import { messageOf } from "./sample-row.ts";

const FINISHED = 0;
const PARENT_GONE = 1;
let ending = PARENT_GONE;

process.once("message", (request: GatherRequest) => void gather(request));
// Without its parent there is nobody to answer to, or to stop it.
process.once("disconnect", () => process.exit(ending));

async function gather({ sizeBytes, files, timeoutMs }: GatherRequest): Promise<void> {
  new Worker(new URL("./check-guard.ts", import.meta.url), { workerData: timeoutMs }).unref();
  const read = exactReader(process.stdin as AsyncIterable<Uint8Array>);
  await answer(await gathered(await read(sizeBytes), new Map(files), read));
  ending = FINISHED;
  process.disconnect?.();
}

async function gathered(
  bytes: Uint8Array,
  sizes: ReadonlyMap<string, number>,
  read: (length: number) => Promise<Uint8Array>,
): Promise<CheckAnswer> {
  try {
    const model = scatteredModel(bytes, sizes);
    await answer({ kind: "needs", paths: model.paths });
    const files = new Map<string, Uint8Array>();
    for (const path of model.paths) files.set(path, await read(sizes.get(path) ?? 0));
    const whole = model.gathered(files);
    if (!process.stdout.write(whole)) await once(process.stdout, "drain");
    return { kind: "gathered", sizeBytes: whole.length };
  } catch (error) {
    return { kind: "ungathered", message: messageOf(error) };
  }
}

/** Reads so many bytes at a time. */
function exactReader(source: AsyncIterable<Uint8Array>): (length: number) => Promise<Uint8Array> {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  return async (length) => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      if (rest.length === 0) {
        const next = await pieces.next();
        if (next.done) throw new Error("the file is shorter than its size");
        rest = next.value;
      }
      const piece = rest.subarray(0, length - at);
      bytes.set(piece, at);
      at += piece.length;
      rest = rest.subarray(piece.length);
    }
    return bytes;
  };
}

const answer = (message: CheckAnswer): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error: Error | null) => (error ? reject(error) : resolve()));
  });
