import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { GRPCInferenceService, ModelInferResponseSchema } from "@throughline/contracts/inference/open_inference_pb";
import { mount, serveGrpc } from "@throughline/rpc";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { guardedMounts, openPlatform } from "../../src/testing-router.ts";
import { fixture } from "../../src/testing-services.ts";

/** The servers of the bench `inference`, each in a process of its own: `router`, `floor`, and `runtime`, which serves nothing. */
const [, , mode] = process.argv;
const dir = mkdtempSync(join(tmpdir(), "throughline-bench-"));
process.on("exit", () => rmSync(dir, { recursive: true, force: true }));
process.on("SIGTERM", () => process.exit(0));
// Ends with the process that measures.
if (mode !== "runtime") process.stdin.on("end", () => process.exit(0)).resume();

if (mode === "router") await router();
if (mode === "floor") await floor();
if (mode === "runtime") await runtime();

async function router(): Promise<void> {
  const platform = await openPlatform(dir);
  const { registry } = platform;
  const { service, serving } = await platform.start({ queueRowsMax: 100_000 });
  const options = { output: "probabilities", column: 1 };
  const tiny = registry.release(await platform.model("logistic30"), { ...options, features: false });
  const three = registry.release(await platform.model("logistic3"), options);
  for (const [id, release] of Object.entries({ tiny, three })) {
    registry.deploy(`projects/default/deployments/${id}`, { [release]: 10_000 });
    await serving(`projects/default/deployments/${id}`, [release]);
  }
  const { port } = await serveGrpc({ mounts: guardedMounts(service), host: "127.0.0.1", port: 0 });
  console.log(port);
}

async function floor(): Promise<void> {
  const outputs = [{ name: "probabilities", datatype: "FP32", shape: [1n, 2n] }];
  const response = create(ModelInferResponseSchema, {
    modelName: "tiny",
    outputs,
    rawOutputContents: [new Uint8Array(8)],
  });
  // Of the contract nothing but the call that is measured.
  const implementation = { modelInfer: () => response } as unknown as ServiceImpl<typeof GRPCInferenceService>;
  const { port } = await serveGrpc({
    mounts: [mount(GRPCInferenceService, implementation)],
    host: "127.0.0.1",
    port: 0,
  });
  console.log(port);
}

async function runtime(): Promise<void> {
  const session = await InferenceSession.create(fixture("logistic30"), { intraOpNumThreads: 1, interOpNumThreads: 1 });
  for (const rows of [1, 32]) {
    const data = new Float32Array(30 * rows);
    const runs = 20_000;
    const startedAt = performance.now();
    for (let i = 0; i < runs; i++) await session.run({ input: new Tensor("float32", data, [rows, 30]) });
    const perSecond = (runs / (performance.now() - startedAt)) * 1_000;
    console.log(
      `floor: bare onnxruntime, batches of ${rows}: ${perSecond.toFixed(0)} runs/s, ${(perSecond * rows).toFixed(0)} rows/s`,
    );
  }
}
