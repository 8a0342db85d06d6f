import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { create } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { type BlobStore, fileBlobStore } from "@throughline/blobs";
import { AttributeProtoSchema } from "@throughline/contracts/onnx/onnx_pb";
import { digestOfBytes } from "@throughline/kernel";
import { afterAll, beforeAll, expect, test } from "vitest";
import { failureOf, fixture } from "../registry-in-process.ts";
import type { CheckRequest } from "./check-messages.ts";
import { floats, graph, modelBytes } from "./crafted-models.ts";
import { ONNX_LIMITS } from "./limits.ts";
import { type ModelCheckOptions, modelInspector } from "./model-inspector.ts";

let folder: string;
let blobs: BlobStore;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "throughline-inspector-"));
  blobs = await fileBlobStore(folder);
});
afterAll(async () => {
  await blobs.close();
  await rm(folder, { recursive: true, force: true });
});

const OPTIONS: ModelCheckOptions = {
  memoryLimitMiB: 1_024,
  timeoutMs: 120_000,
  concurrentMax: 2,
  waitingMax: 16,
  onnx: ONNX_LIMITS,
  modelBytesMax: 1024 ** 2,
};

async function inspect(bytes: Uint8Array, options: Partial<ModelCheckOptions> = {}) {
  const { digest, size } = await blobs.put(bytes);
  return modelInspector(blobs, { ...OPTIONS, ...options }).inspect({ digest, sizeBytes: size });
}

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => expect.fail("it was accepted"),
    (error: Error) => error.message,
  );

test("a sound model is read and loaded", async () => {
  const facts = await inspect(await fixture("tree"));
  expect(facts.signature.outputs.map((it) => it.name)).toEqual(["label", "probabilities"]);
  expect(facts.onnx.operators).toEqual({ "ai.onnx.ml:TreeEnsembleClassifier": 1 });
});

test("what only the runtime can tell is told with its words", async () => {
  expect(await messageOf(inspect(await fixture("unheard_of")))).toContain(
    "the runtime refuses it: This is an invalid model",
  );
  expect(await failureOf(inspect(await fixture("zipmap")))).toEqual({
    reason: "MODEL_INVALID",
    paths: ["graph.output[1].type"],
  });
});

test("a kilobyte that becomes gigabytes while it loads is stopped by its memory", async () => {
  const message = await messageOf(inspect(await fixture("doubling"), { memoryLimitMiB: 400 }));
  expect(message).toContain("loading it in the runtime takes more than the 400 MiB");
});

test("functions that grow without end are stopped by their time, and others go on meanwhile", async () => {
  const [stopped, sound] = await Promise.all([
    messageOf(inspect(await fixture("bomb"), { timeoutMs: 2_000 })),
    inspect(await fixture("line")),
  ]);
  expect(stopped).toMatch(/takes more than the (2000 ms|1024 MiB)/);
  expect(sound.signature.inputs).toHaveLength(1);
});

/** A whole number, or a list of them, as a constant of a graph. */
const int64s = (name: string, ...values: bigint[]) => ({
  name,
  dims: [BigInt(values.length)],
  dataType: 7,
  int64Data: values,
});
const flag = (name: string) => ({ name, dims: [], dataType: 9, int32Data: [1] });
const boolean = { value: { case: "tensorType" as const, value: { elemType: 9, shape: { dim: [] } } } };
const count = { value: { case: "tensorType" as const, value: { elemType: 7, shape: { dim: [] } } } };

test("a model that takes gigabytes when it runs is stopped by its memory", async () => {
  const node = [{ opType: "Expand", input: ["x", "sizes"], output: ["y"] }];
  const initializer = [int64s("sizes", 2n ** 30n, 2n)];
  const bytes = modelBytes({ graph: graph({ node, initializer, output: [{ name: "y", type: floats("n", 2) }] }) });
  expect(await messageOf(inspect(bytes, { memoryLimitMiB: 400 }))).toMatch(
    /a row of zeros (takes more than the 400 MiB|fails)/,
  );
});

test("a loop that never ends is stopped by its time", async () => {
  const body = {
    name: "body",
    input: [
      { name: "i", type: count },
      { name: "going", type: boolean },
      { name: "sum", type: floats("n", 2) },
    ],
    output: [
      { name: "again", type: boolean },
      { name: "next", type: floats("n", 2) },
    ],
    node: [
      { opType: "Identity", input: ["going"], output: ["again"] },
      { opType: "Add", input: ["sum", "x"], output: ["next"] },
    ],
  };
  const loopBody = create(AttributeProtoSchema, { name: "body", g: body });
  // The number of its type, which our reader of the format needs not.
  loopBody.$unknown = [{ no: 20, wireType: WireType.Varint, data: new Uint8Array([5]) }];
  const attribute = [loopBody];
  const node = [{ opType: "Loop", input: ["", "yes", "x"], output: ["y"], attribute }];
  const bytes = modelBytes({ graph: graph({ node, initializer: [flag("yes")] }) });
  // On a machine that is busy the time may be over before the loop has begun; a longer one is not.
  let [timeoutMs, message] = [2_500, ""];
  for (; timeoutMs < 60_000; timeoutMs *= 2) {
    message = await messageOf(inspect(bytes, { timeoutMs }));
    if (message.includes("running a row of zeros")) break;
  }
  expect(message).toContain(`running a row of zeros takes more than the ${timeoutMs} ms`);
});

test("a model that no row can be put through is refused with the runtime's words", async () => {
  const node = [{ opType: "Gather", input: ["x", "places"], output: ["y"] }];
  const initializer = [int64s("places", 9n, 9n)];
  const message = await messageOf(inspect(modelBytes({ graph: graph({ node, initializer }) })));
  expect(message).toContain("a row of zeros fails");
});

test("files with flipped bytes are accepted or refused, whatever becomes of the process that looks into them", async () => {
  const whole = await fixture("tree");
  const mutants = Array.from({ length: 6 }, (_, i) => {
    const bytes = Buffer.from(whole);
    // Within the numbers of the tree, where only the runtime can tell.
    bytes[300 + i * 97] = 0xff - i;
    return bytes;
  });
  const results = await Promise.allSettled(mutants.map((it) => inspect(it)));
  for (const it of results)
    if (it.status === "rejected") expect(["MODEL_INVALID", "SIGNATURE_MISMATCH"]).toContain(it.reason.reason);
});

test("a check whose keeper was killed ends by itself, even while the runtime is loading", async () => {
  const script = fileURLToPath(new URL("./check-child.ts", import.meta.url));
  const child = spawn(process.execPath, [script], { env: {}, stdio: ["pipe", "ignore", "ignore", "ipc"] });
  const exit = once(child, "exit");
  const bytes = await fixture("bomb");
  const request: CheckRequest = { sizeBytes: bytes.length, limits: ONNX_LIMITS, timeoutMs: 2_000 };
  child.send(request);
  child.stdin?.end(bytes);
  expect(await exit).toEqual([null, "SIGKILL"]);
});

test("of many checks some run, some wait, and the rest is refused", async () => {
  const inspector = modelInspector(blobs, { ...OPTIONS, concurrentMax: 1, waitingMax: 1 });
  const { digest, size: sizeBytes } = await blobs.put(await fixture("line"));
  const results = await Promise.allSettled(Array.from({ length: 4 }, () => inspector.inspect({ digest, sizeBytes })));
  expect(results.map((it) => it.status)).toEqual(["fulfilled", "fulfilled", "rejected", "rejected"]);
  expect(await failureOf(Promise.reject((results[3] as PromiseRejectedResult).reason))).toMatchObject({
    reason: "CHECKS_BUSY",
  });
  await expect(inspector.inspect({ digest, sizeBytes })).resolves.toBeDefined();
});

test("bytes that are gone are a failure of the storage, not of the model", async () => {
  const missing = modelInspector(blobs, OPTIONS).inspect({ digest: digestOfBytes("nowhere"), sizeBytes: 7 });
  expect(await failureOf(missing)).toMatchObject({ reason: "NOT_FOUND" });
});
