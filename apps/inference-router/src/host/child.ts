import { createHash } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { InferenceSession, listSupportedBackends, type Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Signature, Tensor } from "../domain/tensor.ts";
import type { ChildOptions, LoadOptions } from "./child-options.ts";
import { namesExternalData } from "./external-data.ts";
import { framesFrom } from "./frame-source.ts";
import { type Frame, textFrame } from "./frames.ts";
import { fromRuntime, specOf, toRuntime } from "./runtime-tensors.ts";
import { tensorFrames } from "./tensor-frames.ts";

/**
 * A model's process: loads one model, tells its signature, and runs it on what comes through descriptor 3 until that is
 * closed. Nothing here is trusted to end by itself: the router kills the process when it takes too long or too much.
 */
// The runtime's binding cannot read a Float16Array (it finds no elements in one), and its JavaScript side takes FP16 as plain
// 16-bit words where there is no such type.
Reflect.deleteProperty(globalThis, "Float16Array");

const options = JSON.parse(process.argv[2] ?? "") as ChildOptions;
new Worker(options.watchProgram, {
  eval: true,
  workerData: { parentPid: options.parentPid },
  resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
});

/** What stands at byte 4 of files in the runtime's own format, by which it knows them. */
const RUNTIME_FORMAT = "ORTM";
/** The descriptor of the socket to the router. */
const ROUTER = 3;
const frames = tensorFrames();
let session: InferenceSession | undefined;
try {
  for (const it of framesFrom(ROUTER))
    for (const piece of await (it.kind === "load" ? load(it) : answer(it))) send(piece);
} finally {
  // The router is gone, or what it sends makes no sense.
  process.exit(0);
}

function send(piece: Uint8Array): void {
  for (let sent = 0; sent < piece.byteLength; ) sent += writeSync(ROUTER, piece, sent);
}

async function load({ call, body }: Frame): Promise<readonly Uint8Array[]> {
  try {
    // A process that has had a model may be given another one.
    const before = session;
    session = undefined;
    await before?.release();
    session = await openSession(JSON.parse(body.toString("utf8")) as LoadOptions);
    return [textFrame("ready", call, JSON.stringify(signatureOf(session)))];
  } catch (error) {
    return [textFrame("refused", call, messageOf(error))];
  }
}

async function openSession({ modelFile, digest: wanted, providers }: LoadOptions): Promise<InferenceSession> {
  const missing = providers.find((name) => !listSupportedBackends().some((it) => it.name === name));
  if (missing !== undefined) throw new Error(`the runtime of this machine has no execution provider ${missing}`);
  const bytes = readFileSync(modelFile);
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  if (digest !== wanted) throw new Error(`the file has the digest ${digest}, not ${wanted}`);
  // The runtime's own format is another one, with places of its own for data outside.
  if (bytes.toString("latin1", 4, 8) === RUNTIME_FORMAT)
    throw new Error("the model is in the runtime's own format, not ONNX");
  if (namesExternalData(bytes)) throw new Error("the model names data outside of its own bytes");
  // From bytes and not from the path: relative names would otherwise be looked up beside the file.
  return InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    logSeverityLevel: 4,
    executionProviders: providers,
  });
}

function signatureOf({ inputMetadata, outputMetadata }: InferenceSession): Signature {
  const tensors = (all: readonly InferenceSession.ValueMetadata[]) =>
    all.flatMap((it) => (it.isTensor ? [specOf(it)] : []));
  if (inputMetadata.some((it) => !it.isTensor)) throw new Error("the model has an input that is no tensor");
  return { inputs: tensors(inputMetadata), outputs: tensors(outputMetadata) };
}

async function answer({ call, body }: Frame): Promise<readonly Uint8Array[]> {
  try {
    if (session === undefined) throw new Error("no model is loaded");
    const { outputs, tensors } = frames.decode(body);
    const feeds: Record<string, RuntimeTensor> = {};
    for (const it of tensors) feeds[it.name] = toRuntime(it);
    const startedAt = performance.now();
    const results = await session.run(feeds, outputs);
    const ns = (performance.now() - startedAt) * 1e6;
    const answers = outputs.map((name): Tensor => fromRuntime(name, results[name]));
    return frames.encode({ kind: "result", call, ns }, { outputs: [], requests: [answers] });
  } catch (error) {
    return [textFrame("failure", call, messageOf(error))];
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2_000);
}
