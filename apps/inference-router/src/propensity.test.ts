import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ExportPredictionsResultSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { SealLogResultSchema } from "@throughline/contracts/throughline/inference/v1/sealed_log_service_pb";
import type { Operation } from "@throughline/contracts/throughline/type/v1/operation_pb";
import type { Digest } from "@throughline/kernel";
import { valueToProto } from "@throughline/rpc";
import { expect, test } from "vitest";
import { platform } from "./testing-platform.ts";
import type { Router } from "./testing-router.ts";

const D = "projects/default/deployments/shared";
const entity = { a: valueToProto(1), b: valueToProto(2), c: valueToProto(3) };

async function ended<T extends DescMessage>(
  router: Router,
  { operation }: { readonly operation?: Operation | undefined },
  schema: T,
): Promise<MessageShape<T>> {
  let last = operation;
  for await (const it of router.operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
  const result = last?.response && anyUnpack(last.response, schema);
  if (!result) throw new Error(`${last?.error?.reason}: ${last?.error?.message}`);
  return result;
}

test("answers tell with what probability their release was chosen, and so do log, export and sealed hour", async () => {
  const on = await platform();
  let router = await on.start();
  const [a, b] = [on.registry.release(await on.model("answers_a")), on.registry.release(await on.model("answers_b"))];
  const shares = [{ [a]: 10_000 }, { [a]: 9_000, [b]: 1_000 }, { [a]: 2_500, [b]: 7_500 }];
  const answers = [];
  for (const it of shares) {
    on.registry.deploy(D, it);
    await router.serving(D, Object.keys(it));
    // The shares of two releases may change without anything being loaded.
    const ask = () => router.inference.predict({ deployment: D, entity });
    const share = (release: string) => (Object.keys(it).length > 1 ? (it[release] ?? 0) / 10_000 : undefined);
    const isFollowed = async () => {
      const answer = await ask();
      return answer.releasePropensity === share(answer.release);
    };
    await expect.poll(isFollowed, { timeout: 120_000, interval: 20 }).toBe(true);
    for (let i = 0; i < 20; i++) {
      const answer = await ask();
      expect(answer.releasePropensity).toBe(share(answer.release));
      answers.push(answer);
    }
  }
  const tensors = { name: "input", datatype: "FP32", shape: [2n, 3n], contents: { fp32Contents: [1, 2, 3, 4, 5, 6] } };
  const rows = await router.open.modelInfer({ modelName: "shared", inputs: [tensors] });
  const said = rows.parameters["release_propensity"]?.parameterChoice.value;
  expect(said).toBe(rows.parameters["release"]?.parameterChoice.value === a ? "0.25" : "0.75");
  const named = { modelName: "shared", modelVersion: a.slice(a.lastIndexOf("/") + 1), inputs: [tensors] };
  expect((await router.open.modelInfer(named)).parameters["release_propensity"]).toBeUndefined();

  await router.close();
  router = await on.start();
  await router.serving(D, [a, b]);
  const wanted = answers.map((it) => [it.prediction, it.releasePropensity ?? null]);
  for (const [name, propensity] of wanted) {
    const { prediction } = await router.inference.getPrediction({ name: String(name) });
    expect(prediction?.releasePropensity ?? null).toBe(propensity);
  }
  const exported = await ended(
    router,
    await router.inference.exportPredictions({ deployment: D }),
    ExportPredictionsResultSchema,
  );
  const { sealedLogs } = await ended(router, await router.sealedLogs.sealLog({ deployment: D }), SealLogResultSchema);
  const sealed =
    sealedLogs.length > 0 ? sealedLogs : (await router.sealedLogs.listSealedLogs({ parent: D })).sealedLogs;
  for (const digests of [[exported.digest], sealed.map((it) => it.digest)]) {
    const files = await Promise.all(digests.filter((it) => it !== "").map((it) => on.blobs.localFile(it as Digest)));
    const sql = "SELECT prediction, release_propensity FROM p";
    const found = await on.tables.query({ sql, inputs: { p: files }, rowsMax: 1_000 });
    const byName = new Map(found.rows.map(([name, propensity]) => [name, propensity]));
    expect(answers.map((it) => [it.prediction, byName.get(it.prediction)])).toEqual(wanted);
  }
  await router.close();
});
