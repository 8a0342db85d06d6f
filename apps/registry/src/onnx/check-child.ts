// The process that opens a model which nobody has looked at yet. It holds nothing but that model, and its parent ends
// it when it takes too much memory or time. Nothing imports this file: it is started by check-process.ts.
import { Worker } from "node:worker_threads";
import type { InferenceSession } from "onnxruntime-node";
import type { CheckAnswer, CheckRequest, RuntimeValue } from "./check-messages.ts";
import { inspectOnnx } from "./inspect.ts";
import { messageOf, runSample } from "./sample-row.ts";

const FINISHED = 0;
const PARENT_GONE = 1;
let ending = PARENT_GONE;

process.once("message", (request: CheckRequest) => void check(request));
// Without its parent there is nobody to answer to, or to stop it.
process.once("disconnect", () => process.exit(ending));

async function check({ sizeBytes, limits, timeoutMs }: CheckRequest): Promise<void> {
  new Worker(new URL("./check-guard.ts", import.meta.url), { workerData: timeoutMs }).unref();
  const bytes = await readAll(sizeBytes);
  const report = inspectOnnx(bytes, limits);
  await answer({ kind: "inspected", report });
  if (report.kind === "accepted") await open(bytes);
  ending = FINISHED;
  process.disconnect?.();
}

async function readAll(sizeBytes: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(sizeBytes);
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
    bytes.set(chunk, length);
    length += chunk.length;
  }
  return bytes.subarray(0, length);
}

/** Loads the model as the one that serves it will, and runs it once. */
async function open(bytes: Uint8Array): Promise<void> {
  const { InferenceSession } = await import("onnxruntime-node");
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  } catch (error) {
    return answer({ kind: "unloadable", message: messageOf(error) });
  }
  const [inputs, outputs] = [session.inputMetadata.map(value), session.outputMetadata.map(value)];
  await answer({ kind: "loaded", inputs, outputs });
  await answer({ kind: "sampled", result: await runSample(session) });
}

const value = (it: InferenceSession.ValueMetadata): RuntimeValue => ({
  name: it.name,
  ...(it.isTensor && { type: it.type }),
});

const answer = (message: CheckAnswer): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(message, undefined, {}, (error: Error | null) => (error ? reject(error) : resolve()));
  });
