/**
 * Predictions by entity key beside the same model on tensors, in the platform as one process: 10 features of one entity,
 * fetched, answered and logged, and 10 floats that come with the request. `--seconds N` for each (3), `--rounds N` (2).
 * Needs h2load. Read the ratio of requests per second of server CPU.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { create, toBinary } from "@bufbuild/protobuf";
import { ModelInferRequestSchema } from "@throughline/contracts/inference/open_inference_pb";
// By path: what every bench loads servers with.
import { h2load } from "../../gateway/bench/load/load-programs.ts";
import { cpuSeconds } from "../../gateway/bench/load/process-cost.ts";
import { startUp } from "../src/testing-process.ts";
import { deployTenFeatures, NAMES, predictMessage } from "./features/ten-features.ts";

const { values: flags } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, rounds: { type: "string", default: "2" } },
});

const folder = await mkdtemp(join(tmpdir(), "served-features-"));
const up = await startUp("--data", join(folder, "data"));
try {
  await deployTenFeatures(up);
  for (let round = 0; round < Number(flags.rounds); round++) {
    const tensors = await load(
      "10 floats with the request",
      "inference.GRPCInferenceService/ModelInfer",
      inferMessage(),
    );
    const keys = await load(
      "10 features by entity key",
      "throughline.inference.v1.InferenceService/Predict",
      predictMessage(up, 7),
    );
    console.log(`by key: ${((100 * keys) / tensors).toFixed(0)} % of the figure without`);
  }
} finally {
  await up.stop();
  await rm(folder, { recursive: true, force: true });
}

function inferMessage(): Uint8Array {
  const request = create(ModelInferRequestSchema, {
    modelName: "tensors",
    inputs: [{ name: "input", datatype: "FP32", shape: [1n, BigInt(NAMES.length)] }],
    rawInputContents: [new Uint8Array(Float32Array.from(NAMES, (_, i) => i).buffer)],
  });
  return toBinary(ModelInferRequestSchema, request);
}

/** Requests per second of server CPU, from 32 callers on 8 connections. */
async function load(name: string, method: string, message: Uint8Array): Promise<number> {
  const drive = (seconds: number) =>
    h2load({ url: `${up.grpcUrl}/${method}`, callers: 32, connections: 8, seconds }, message);
  await drive(2);
  const before = cpuSeconds(up.pid);
  const { jobs, seconds } = await drive(Number(flags.seconds));
  const perCpuSecond = jobs / (cpuSeconds(up.pid) - before);
  console.log(`${name.padEnd(28)} ${(jobs / seconds).toFixed(0)}/s, ${perCpuSecond.toFixed(0)} per processor second`);
  return perCpuSecond;
}
