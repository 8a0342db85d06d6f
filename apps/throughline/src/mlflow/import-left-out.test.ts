import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { type Connection, connect } from "@throughline/client";
import { LifecycleStage } from "@throughline/contracts/throughline/tracking/v1/experiment_pb";
import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { DomainError, digestOfBytes } from "@throughline/kernel";
import { translate } from "@throughline/rpc";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type PlatformForTests, platformForTests } from "../testing-platform.ts";
import { importMlflow } from "./import-mlflow.ts";
import { openSource } from "./open-source.ts";
import type { ImportReport } from "./report.ts";
import type { MlflowSource } from "./source.ts";

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

const connectionOf = (project: string): Connection => connect({ baseUrl: `http://${platform.grpcTarget}`, project });

/** Version 1 of the model m, whose logged model was deleted in MLflow. */
const VERSION_OF_DELETED = {
  "1/r1/meta.yaml": yaml(RUN),
  "1/models/m-gone/meta.yaml": yaml({ model_id: "m-gone", lifecycle_stage: "deleted" }),
  "1/models/m-gone/artifacts/MLmodel": "flavors: {}\n",
  "models/m/meta.yaml": yaml({ name: "m" }),
  ...versionOfDeleted(1),
};

function versionOfDeleted(number: number): Readonly<Record<string, string>> {
  const source = "models:/m-gone";
  const storage_location = "/elsewhere/mlruns/1/models/m-gone/artifacts";
  const meta = { name: "m", version: number, current_stage: "None", run_id: "r1", source, storage_location };
  return { [`models/m/version-${number}/meta.yaml`]: yaml(meta) };
}

const filesOf = async ({ registry, parent }: Connection, version: number): Promise<readonly string[] | undefined> => {
  const { version: made } = await registry.getModelVersion({ name: `${parent}/models/m/versions/${version}` });
  return made?.files.map((it) => it.path).sort();
};

/** What MLflow would have written without a database. */
async function written(files: Readonly<Record<string, string>>): Promise<MlflowSource> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-import-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries({ "1/meta.yaml": yaml(EXPERIMENT), ...files })) {
    const place = join(folder, "mlruns", path);
    await mkdir(dirname(place), { recursive: true });
    await writeFile(place, content);
  }
  return openSource(folder, undefined);
}

/** Writes it, and imports it. */
async function imported(
  project: string,
  files: Readonly<Record<string, string>>,
  faulty: (connection: Connection) => Connection = (it) => it,
): Promise<ImportReport> {
  const source = await written(files);
  const connection = faulty(connectionOf(project));
  return importMlflow({ connection, source, progress: () => {} }).finally(() => source.close());
}

const points = Array.from({ length: 100 }, (_, i) => `${1_700_000_000_000 + i} ${i} ${i}\n`).join("");

test("a run whose logged model was deleted is whole, and so are its versions", async () => {
  const report = await imported("deleted-model", {
    ...VERSION_OF_DELETED,
    "1/r1/metrics/loss": points,
    "1/r1/tags/late": "1",
    "1/r1/outputs/o1/meta.yaml": yaml({ destination_type: "MODEL_OUTPUT", destination_id: "m-gone", step: 0 }),
    "1/models/m-gone/artifacts/data/weights.bin": "weights",
    ...versionOfDeleted(2),
  });
  expect(report.found).toMatchObject({ runs: 1, tags: 1, "metric points": 100, versions: 2 });
  expect(report.equal).toMatchObject({ runs: 0, tags: 1, "metric points": 100, versions: 2 });
  expect(report.problems).toEqual([
    expect.stringContaining("run r1: the link to the logged model m-gone"),
    expect.stringContaining("runs/r1 has another name or state, or other params, tags or models"),
    expect.stringContaining("version 1 of m: its logged model m-gone was deleted in MLflow"),
  ]);
  const connection = connectionOf("deleted-model");
  const { tracking, loggedModels, parent } = connection;
  const { run } = await tracking.getRun({ name: `${parent}/runs/r1` });
  expect(run).toMatchObject({ state: RunState.FINISHED, modelOutputs: [], tags: { late: "1" } });
  for (const number of [1, 2]) expect(await filesOf(connection, number)).toEqual(["MLmodel", "data/weights.bin"]);
  await expect(loggedModels.getLoggedModel({ name: `${parent}/loggedModels/m-gone` })).rejects.toThrow("not_found");
});

test("what the platform does not take is left out and told, and the rest of its run is there", async () => {
  const dataset = { name: "d", digest: "abc", source_type: "local", source: "here" };
  const input = (id: string) => ({
    source_type: "DATASET",
    source_id: id,
    destination_type: "RUN",
    destination_id: "r1",
  });
  const long = "p".repeat(15_000_000);
  const report = await imported("left-out", {
    "1/r1/meta.yaml": yaml({ ...RUN, run_name: "n".repeat(600), start_time: 1_700_000_000_000_000_000 }),
    "1/r1/params/depth": "3",
    "1/r1/params/long": "x".repeat(7_000),
    "1/r1/tags/good": "yes",
    "1/r1/tags/long": "x".repeat(9_000),
    "1/r1/metrics/loss": `${points}1700000000000000000 0.5 200\n`,
    "1/r1/inputs/i1/meta.yaml": yaml(input("d1")),
    "1/r1/inputs/i2/meta.yaml": yaml(input("d2")),
    "1/datasets/d1/meta.yaml": yaml({ ...dataset, schema: "s", profile: `${long}${long}` }),
    "1/datasets/d2/meta.yaml": yaml({ ...dataset, digest: "def", schema: "s", profile: long }),
  });
  expect(report.found).toMatchObject({ runs: 1, params: 2, tags: 2, "metric points": 101, "data sets": 2 });
  expect(report.equal).toMatchObject({ runs: 0, params: 1, tags: 1, "metric points": 100, "data sets": 1 });
  expect(report.problems).toEqual(
    [
      "run r1: its name was cut to 500 characters",
      "run r1: its time 1700000000000000000 is outside of the years 1 to 9999",
      'run r1: the param "long" was left out: [invalid_argument]',
      'run r1: the tag "long" was left out: [invalid_argument]',
      'of the data set "d" the profile was left out: [invalid_argument]',
      'the metric "loss" has 1 points at times outside of the years 1 to 9999',
      "has another name or state",
    ].map((it) => expect.stringContaining(it)),
  );
  const { tracking, parent } = connectionOf("left-out");
  const { run } = await tracking.getRun({ name: `${parent}/runs/r1` });
  expect(run).toMatchObject({
    state: RunState.FINISHED,
    params: { depth: "3" },
    tags: { good: "yes" },
    datasets: [
      { dataset: { externalDigest: "abc", schema: "s", profile: "" } },
      { dataset: { externalDigest: "def", schema: "s", storedProfile: { digest: digestOfBytes(long) } } },
    ],
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

test("a version whose experiment was deleted as well has its files", async () => {
  const report = await imported("deleted-experiment", {
    ...VERSION_OF_DELETED,
    "1/meta.yaml": yaml({ ...EXPERIMENT, lifecycle_stage: "deleted" }),
  });
  expect(report.equal).toMatchObject({ experiments: 1, runs: 1, versions: 1 });
  const connection = connectionOf("deleted-experiment");
  expect(await filesOf(connection, 1)).toEqual(["MLmodel"]);
  const { experiment } = await connection.tracking.getExperiment({ name: `${connection.parent}/experiments/1` });
  expect(experiment?.lifecycleStage).toBe(LifecycleStage.DELETED);
});

test("a version is not made of some of its files, and keeps its number until an import brings all", async () => {
  const refused = "1/models/m-gone/artifacts/we\u0007ights";
  const whole = { ...VERSION_OF_DELETED, ...versionOfDeleted(2) };
  for (const _ of ["at first", "again"]) {
    const half = await imported("half", { ...whole, [refused]: "weights" });
    expect(half.equal.versions).toBe(0);
    expect(half.problems).toEqual(
      expect.arrayContaining([
        expect.stringContaining("version 1 of m: not all files of its logged model m-gone came"),
        expect.stringContaining("version 2 of m: it has to wait for version 1"),
      ]),
    );
  }
  expect((await imported("half", whole)).equal.versions).toBe(2);
  const connection = connectionOf("half");
  for (const number of [1, 2]) expect(await filesOf(connection, number)).toEqual(["MLmodel"]);
  const name = `${connection.parent}/loggedModels/m-gone`;
  await expect(connection.loggedModels.getLoggedModel({ name })).rejects.toThrow("not_found");
});

test("a logged model that a broken import has brought back is deleted by the next one", async () => {
  const connection = connectionOf("broken");
  const { loggedModels, parent } = connection;
  const name = `${parent}/loggedModels/m-gone`;
  const broken = imported("broken", VERSION_OF_DELETED, (it) => {
    const finalizeLoggedModel = () => Promise.reject(new ConnectError("gone", Code.Unavailable));
    return { ...it, loggedModels: { ...it.loggedModels, finalizeLoggedModel } };
  });
  await expect(broken).rejects.toThrow("gone");
  expect((await loggedModels.getLoggedModel({ name })).loggedModel?.name).toBe(name);
  const undeleted = await imported("broken", VERSION_OF_DELETED, (it) => {
    const deleteLoggedModel = () => Promise.reject(new ConnectError("not now", Code.Internal));
    return { ...it, loggedModels: { ...it.loggedModels, deleteLoggedModel } };
  });
  expect(undeleted.equal.versions).toBe(1);
  expect(undeleted.problems).toContainEqual(expect.stringContaining("m-gone, which MLflow has deleted, is still here"));
  expect(await filesOf(connection, 1)).toEqual(["MLmodel"]);
  expect((await imported("broken", VERSION_OF_DELETED)).problems).toEqual([]);
  await expect(loggedModels.getLoggedModel({ name })).rejects.toThrow("not_found");
});

test("of a metric that is not taken as a whole no more is sent than shows it", async () => {
  let calls = 0;
  const many = Array.from({ length: 12_000 }, (_, i) => `${1_700_000_000_000 + i} ${i} ${i}\n`).join("");
  const key = `${"k".repeat(200)}/${"k".repeat(200)}`;
  const files = { "1/r1/meta.yaml": yaml(RUN), [`1/r1/metrics/${key}`]: many, "1/r1/metrics/loss": points };
  const report = await imported("whole-metric", files, (it) => {
    const logBatch: typeof it.tracking.logBatch = (request) => {
      calls++;
      return it.tracking.logBatch(request);
    };
    return { ...it, tracking: { ...it.tracking, logBatch } };
  });
  expect(report.found["metric points"]).toBe(12_100);
  expect(report.equal).toMatchObject({ runs: 1, "metric points": 100 });
  expect(report.problems).toEqual([expect.stringMatching(/was left out at 12000 points: \[invalid_argument\]/)]);
  expect(calls).toBeLessThan(20);
});

test("a failure to count what a lost run has does not hide why it is lost", async () => {
  const id = "r".repeat(250);
  const report = await imported("not-counted", {
    [`1/${id}/meta.yaml`]: yaml({ ...RUN, run_id: id }),
    [`1/${id}/metrics/loss`]: "1700000000000 0.5 no-step\n",
  });
  expect(report.problems).toEqual([
    expect.stringMatching(/the metric "loss": .*no-step/),
    expect.stringContaining(`run ${id}: [invalid_argument]`),
  ]);
});

test("a full disk ends the import at once, and is not taken for a refusal", async () => {
  let calls = 0;
  const full = () => {
    calls++;
    return Promise.reject(translate(new DomainError("exhausted", "STORAGE_FULL", "The storage is full"), () => {}));
  };
  const files = { "1/r1/meta.yaml": yaml(RUN), "1/r1/metrics/loss": points };
  const source = await written(files);
  onTestFinished(() => source.close());
  const history: typeof source.history = (...of) => {
    calls++;
    return source.history(...of);
  };
  const connection = connectionOf("full");
  const atRun = importMlflow({
    connection: { ...connection, tracking: { ...connection.tracking, createRun: full } },
    source: { ...source, history },
    progress: () => {},
  });
  await expect(atRun).rejects.toThrow("The storage is full");
  expect(calls).toBe(1);
  const atPoints = imported("full", files, (it) => ({ ...it, tracking: { ...it.tracking, logBatch: full } }));
  await expect(atPoints).rejects.toThrow("The storage is full");
  expect(calls).toBe(2);
});
