import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ExportPredictionsResultSchema } from "@throughline/contracts/throughline/inference/v1/inference_service_pb";
import { ArmPolicy } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { Digest } from "@throughline/kernel";
import { expect, test } from "vitest";
import { graphs, model, type Node } from "./testing-graphs.ts";
import { platform } from "./testing-platform.ts";

test("an export has what the graphs did: paths, choices with their propensities, gates, and refused rows without a score", async () => {
  const on = await graphs(await platform());
  const gate = { mean: [0, 0, 0], inverseCovariance: [1, 0, 0, 0, 1, 0, 0, 0, 1], limit: 100 };
  const nodes: Node[] = [
    model("one"),
    model("other"),
    {
      name: "pick-one",
      kind: {
        case: "bandit",
        value: { arms: [{ node: "one" }, { node: "other" }], policy: ArmPolicy.THOMPSON_GAUSSIAN },
      },
    },
    {
      name: "gate",
      kind: {
        case: "outlierGate",
        value: { method: { case: "mahalanobis", value: gate }, falsePositiveRate: 0.1, passNode: "pick-one" },
      },
    },
  ];
  const deployment = await on.serve(nodes, "gate", { one: "answers_a", other: "linear3" });
  const answers = [];
  for (let i = 0; i < 6; i++) answers.push(await on.ask(deployment, { a: i, b: 0, c: i === 5 ? 20 : 0 }, `row ${i}`));
  const { operation } = await on.router().inference.exportPredictions({ deployment });
  let last = operation;
  const watched = on.router().operations.watchOperation({ name: operation?.name ?? "" });
  for await (const it of watched) last = it.operation;
  const result = last?.response && anyUnpack(last.response, ExportPredictionsResultSchema);
  expect(result?.releases[0]?.modelVersions).toEqual({
    one: "projects/default/models/one/versions/1",
    other: "projects/default/models/other/versions/1",
  });
  const path = await on.on.blobs.localFile(result?.digest as Digest);
  const sql =
    "SELECT score, path, absent_nodes, outlier, choice__pick_one, propensity__pick_one, gate__gate, a FROM p ORDER BY a";
  const { rows } = await on.on.tables.query({ sql, inputs: { p: [path] }, rowsMax: 100 });
  expect(rows).toEqual(
    answers.map((it, i) => [
      i === 5 ? null : it.score,
      it.path,
      [],
      i === 5,
      it.choices[0]?.branch ?? null,
      it.choices[0]?.propensity ?? null,
      i === 5 ? 425 : i * i,
      i,
    ]),
  );
  expect(answers[5]?.path).toEqual(["gate"]);
});
