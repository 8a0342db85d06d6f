import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { InferenceSession, type Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Signature, Tensor } from "../domain/tensor.ts";
import type { ChildOptions } from "./child-options.ts";
import { namesExternalData } from "./external-data.ts";
import { decodeTensors, encodeTensors, type Frame, frameReader, writeFrame } from "./frames.ts";
import { fromRuntime, specOf, toRuntime } from "./runtime-tensors.ts";

/**
 * A model's process: loads one model, tells its signature, and runs it on what comes through descriptor 3 until that is
 * closed. Nothing here is trusted to end by itself: the router kills the process when it takes too long or too much.
 */
// The runtime's binding cannot read a Float16Array (it finds no elements in one), and its JavaScript side takes FP16 as plain
// 16-bit words where there is no such type.
Reflect.deleteProperty(globalThis, "Float16Array");

const options = JSON.parse(process.argv[2] ?? "") as ChildOptions;
const router = new Socket({ fd: 3 });
router.on("error", () => process.exit(0));
router.on("close", () => process.exit(0));
new Worker(new URL("./parent-watch.ts", import.meta.url), {
  workerData: { parentPid: options.parentPid },
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
});

try {
  const session = await openSession();
  const signature = signatureOf(session);
  const read = frameReader((frame) => void answer(session, frame));
  router.on("data", read);
  writeFrame(router, { kind: "ready", call: 0, body: Buffer.from(JSON.stringify(signature)) });
} catch (error) {
  writeFrame(router, { kind: "refused", call: 0, body: Buffer.from(messageOf(error)) });
}

async function openSession(): Promise<InferenceSession> {
  const bytes = await readFile(options.modelFile);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (digest !== options.digest) throw new Error(`the file has the digest ${digest}, not ${options.digest}`);
  if (namesExternalData(bytes)) throw new Error("the model names data outside of its own bytes");
  // From bytes and not from the path: relative names would otherwise be looked up beside the file.
  return InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
  });
}

function signatureOf(session: InferenceSession): Signature {
  const tensors = (all: readonly InferenceSession.ValueMetadata[]) =>
    all.flatMap((it) => (it.isTensor ? [specOf(it)] : []));
  if (session.inputMetadata.some((it) => !it.isTensor)) throw new Error("the model has an input that is no tensor");
  return { inputs: tensors(session.inputMetadata), outputs: tensors(session.outputMetadata) };
}

async function answer(session: InferenceSession, { call, body }: Frame): Promise<void> {
  try {
    const { outputs, tensors } = decodeTensors(body);
    const feeds: Record<string, RuntimeTensor> = {};
    for (const it of tensors) feeds[it.name] = toRuntime(it);
    const results = await session.run(feeds, outputs);
    const answers = outputs.map((name): Tensor => fromRuntime(name, results[name]));
    writeFrame(router, { kind: "result", call, body: encodeTensors({ outputs: [], tensors: answers }) });
  } catch (error) {
    writeFrame(router, { kind: "failure", call, body: Buffer.from(messageOf(error)) });
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
}
