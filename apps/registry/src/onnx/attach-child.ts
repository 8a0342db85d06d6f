// The process that puts transforms in front of a model. It holds nothing but the two, and its parent ends it when it takes too
// much memory or time. Nothing imports this file: it is started by check-process.ts.
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { isDomainError } from "@throughline/kernel";
import { attachTransforms, checkTransforms, readyTransforms, type TransformConstants } from "@throughline/transforms";
import type { AttachRequest, CheckAnswer } from "./check-messages.ts";
import { exactReader } from "./exact-reader.ts";
import { messageOf } from "./sample-row.ts";

const FINISHED = 0;
const PARENT_GONE = 1;
let ending = PARENT_GONE;

process.once("message", (request: AttachRequest) => void attach(request));
// Without its parent there is nobody to answer to, or to stop it.
process.once("disconnect", () => process.exit(ending));

async function attach({ fitSizeBytes, sizeBytes, timeoutMs }: AttachRequest): Promise<void> {
  new Worker(new URL("./check-guard.ts", import.meta.url), { workerData: timeoutMs }).unref();
  const read = exactReader(process.stdin as AsyncIterable<Uint8Array>);
  await answer(await attached(await read(fitSizeBytes), await read(sizeBytes)));
  ending = FINISHED;
  process.disconnect?.();
}

async function attached(fit: Uint8Array, model: Uint8Array): Promise<CheckAnswer> {
  try {
    const { definition, constants } = JSON.parse(new TextDecoder().decode(fit)) as Readonly<Record<string, unknown>>;
    const ready = readyTransforms(checkTransforms(definition), constants as TransformConstants);
    const { bytes } = attachTransforms(ready, model);
    if (!process.stdout.write(bytes)) await once(process.stdout, "drain");
    return { kind: "attached", sizeBytes: bytes.length };
  } catch (error) {
    const isModelsFault = isDomainError(error, "TRANSFORMS_NOT_ATTACHABLE");
    return { kind: "unattached", message: messageOf(error), isModelsFault };
  }
}

const answer = (message: CheckAnswer): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error: Error | null) => (error ? reject(error) : resolve()));
  });
