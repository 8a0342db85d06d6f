import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect } from "@throughline/client";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type PlatformForTests, platformForTests } from "../testing-platform.ts";
import { importMlflow } from "./import-mlflow.ts";
import { openSource } from "./open-source.ts";
import type { ImportReport } from "./report.ts";

let platform: PlatformForTests;
beforeAll(async () => {
  platform = await platformForTests();
});
afterAll(() => platform?.stop());

const RUN = {
  run_id: "r1",
  run_name: "first",
  status: 3,
  start_time: 1_700_000_000_000,
  end_time: 1_700_000_001_000,
  lifecycle_stage: "active",
  artifact_uri: "/elsewhere/mlruns/1/r1/artifacts",
};
const EXPERIMENT = { experiment_id: "'1'", name: "one", lifecycle_stage: "active" };
const yaml = (fields: Readonly<Record<string, unknown>>): string =>
  Object.entries(fields)
    .map(([key, value]) => `${key}: ${value}\n`)
    .join("");

/** Writes what MLflow would have written without a database, and imports it. */
async function imported(project: string, files: Readonly<Record<string, string>>): Promise<ImportReport> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-import-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ "1/meta.yaml": yaml(EXPERIMENT), ...files })) {
    const place = join(folder, "mlruns", path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
  }
  const source = await openSource(folder, undefined);
  const connection = connect({ baseUrl: `http://${platform.grpcTarget}`, project });
  return importMlflow({ connection, source, progress: () => {} }).finally(() => source.close());
}

const points = Array.from({ length: 100 }, (_, i) => `${1_700_000_000_000 + i} ${i} ${i}\n`).join("");

test("a run whose logged model was deleted is whole, and so are its versions", async () => {
  const version = (number: number) => ({
    [`models/m/version-${number}/meta.yaml`]: yaml({
      name: "m",
      version: number,
      current_stage: "None",
      run_id: "r1",
      source: "models:/m-gone",
      storage_location: "/elsewhere/mlruns/1/models/m-gone/artifacts",
    }),
  });
  const report = await imported("deleted-model", {
    "1/r1/meta.yaml": yaml(RUN),
    "1/r1/metrics/loss": points,
    "1/r1/tags/late": "1",
    "1/r1/outputs/o1/meta.yaml": yaml({ destination_type: "MODEL_OUTPUT", destination_id: "m-gone", step: 0 }),
    "1/models/m-gone/meta.yaml": yaml({ model_id: "m-gone", lifecycle_stage: "deleted" }),
    "1/models/m-gone/artifacts/MLmodel": "flavors: {}\n",
    "1/models/m-gone/artifacts/data/weights.bin": "weights",
    "models/m/meta.yaml": yaml({ name: "m" }),
    ...version(1),
    ...version(2),
  });
  expect(report.found).toMatchObject({ runs: 1, tags: 1, "metric points": 100, versions: 2 });
  expect(report.equal).toMatchObject({ runs: 0, tags: 1, "metric points": 100, versions: 2 });
  expect(report.problems).toEqual([
    expect.stringContaining("run r1: the link to the logged model m-gone"),
    expect.stringContaining("runs/r1 has another name or state, or other params, tags or models"),
    expect.stringContaining("version 1 of m: its logged model m-gone was deleted in MLflow"),
  ]);
  const { tracking, registry, loggedModels, parent } = connect({
    baseUrl: `http://${platform.grpcTarget}`,
    project: "deleted-model",
  });
  const { run } = await tracking.getRun({ name: `${parent}/runs/r1` });
  expect(run).toMatchObject({ state: RunState.FINISHED, modelOutputs: [], tags: { late: "1" } });
  for (const number of [1, 2]) {
    const { version: made } = await registry.getModelVersion({ name: `${parent}/models/m/versions/${number}` });
    expect(made?.files.map((it) => it.path).sort()).toEqual(["MLmodel", "data/weights.bin"]);
  }
  await expect(loggedModels.getLoggedModel({ name: `${parent}/loggedModels/m-gone` })).rejects.toThrow("not_found");
});

test("what the platform does not take is left out and told, and the rest of its run is there", async () => {
  const dataset = { name: "d", digest: "abc", source_type: "local", source: "here" };
  const input = { source_type: "DATASET", source_id: "d1", destination_type: "RUN", destination_id: "r1" };
  const report = await imported("left-out", {
    "1/r1/meta.yaml": yaml({ ...RUN, run_name: "n".repeat(600), start_time: 1_700_000_000_000_000_000 }),
    "1/r1/params/depth": "3",
    "1/r1/params/long": "x".repeat(7_000),
    "1/r1/tags/good": "yes",
    "1/r1/tags/long": "x".repeat(9_000),
    "1/r1/metrics/loss": `${points}1700000000000000000 0.5 200\n`,
    "1/r1/inputs/i1/meta.yaml": yaml(input),
    "1/datasets/d1/meta.yaml": yaml({ ...dataset, schema: "s", profile: "p".repeat(15_000_000) }),
  });
  expect(report.found).toMatchObject({ runs: 1, params: 2, tags: 2, "metric points": 101, "data sets": 1 });
  expect(report.equal).toMatchObject({ runs: 0, params: 1, tags: 1, "metric points": 100, "data sets": 0 });
  expect(report.problems).toEqual(
    [
      "run r1: its name was cut to 500 characters",
      "run r1: its time 1700000000000000000 is outside of the years 1 to 9999",
      'run r1: the param "long" was left out: [invalid_argument]',
      'run r1: the tag "long" was left out: [invalid_argument]',
      'of the data set "d" the profile was left out: [resource_exhausted]',
      'the metric "loss" has 1 points at times outside of the years 1 to 9999',
      "has another name or state",
    ].map((it) => expect.stringContaining(it)),
  );
  const { tracking, parent } = connect({ baseUrl: `http://${platform.grpcTarget}`, project: "left-out" });
  const { run } = await tracking.getRun({ name: `${parent}/runs/r1` });
  expect(run).toMatchObject({
    state: RunState.FINISHED,
    params: { depth: "3" },
    tags: { good: "yes" },
    datasets: [{ dataset: { externalDigest: "abc", schema: "s", profile: "" } }],
  });
});

test("what a run has that cannot be there at all is counted", async () => {
  const id = "r".repeat(250);
  const report = await imported("lost", {
    [`1/${id}/meta.yaml`]: yaml({ ...RUN, run_id: id }),
    [`1/${id}/params/depth`]: "3",
    [`1/${id}/metrics/loss`]: points,
  });
  expect(report.found).toMatchObject({ runs: 1, params: 1, "metric points": 100 });
  expect(report.equal).toMatchObject({ runs: 0, params: 0, "metric points": 0 });
  expect(report.problems).toEqual([expect.stringContaining(`run ${id}: [invalid_argument]`)]);
});
