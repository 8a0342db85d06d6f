// The process that puts the data beside a model into it. It holds nothing but that model, and its parent ends it when it
// takes too much memory or time. Nothing imports this file: it is started by check-process.ts.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { CheckAnswer, GatherRequest } from "./check-messages.ts";
import { exactReader } from "./exact-reader.ts";
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

const answer = (message: CheckAnswer): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error: Error | null) => (error ? reject(error) : resolve()));
  });
