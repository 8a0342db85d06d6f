import { randomBytes } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Connection } from "@throughline/client";
import { LoggedModelState } from "@throughline/contracts/throughline/tracking/v1/logged_model_pb";
import { Direction, TrialState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import type { LogMetricsRequestSchema } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { uploadBytes } from "./testing-shop.ts";
import type { Writer } from "./testing-writers.ts";

async function newRun({ tracking, parent }: Connection, experiment: string): Promise<string> {
  const { run } = await tracking.createRun({ parent, run: { experiment } });
  return run?.name ?? "";
}

/** Files of a run, the versions that pin them, and what is said of a version. */
const writeFilesAndVersion: Writer = async ({ connection, ground, ledger, number }) => {
  const { files, registry } = connection;
  const run = await newRun(connection, ground.experiment);
  const { digest } = await uploadBytes(connection, Uint8Array.from(randomBytes(20_000)));
  await files.putFiles({ parent: run, files: [{ path: "model/weights.bin", digest }] });
  ledger.note(`files of ${run}`, [["model/weights.bin", digest]], async (on) => {
    const { files: found } = await on.files.listFiles({ parent: run, recursive: true });
    return found.filter((it) => !it.directory).map((it) => [it.path, it.digest]);
  });
  const made = await registry.createModelVersion({
    parent: ground.model,
    version: { source: { parent: run, path: "model" } },
  });
  const { name = "" } = made.version ?? {};
  ledger.note(`files of ${name}`, [["weights.bin", digest]], async (on) =>
    (await on.registry.getModelVersion({ name })).version?.files.map((it) => [it.path, it.digest]),
  );
  await registry.setModelVersionTags({ name, tags: { number: String(number) } });
  ledger.note(
    `tag of ${name}`,
    String(number),
    async (on) => (await on.registry.getModelVersion({ name })).version?.tags["number"],
  );
  await registry.transitionModelVersion({ name, stage: "Staging" });
  ledger.note(
    `stage of ${name}`,
    "Staging",
    async (on) => (await on.registry.getModelVersion({ name })).version?.stage,
  );
};

const writeLoggedModel: Writer = async ({ connection, ground, ledger, number }) => {
  const { loggedModels, tracking, parent } = connection;
  const run = await newRun(connection, ground.experiment);
  const { loggedModel } = await loggedModels.createLoggedModel({
    parent,
    loggedModel: { experiment: ground.experiment, displayName: `model ${number}`, sourceRun: run },
  });
  const name = loggedModel?.name ?? "";
  ledger.note(
    name,
    `model ${number}`,
    async (on) => (await on.loggedModels.getLoggedModel({ name })).loggedModel?.displayName,
  );
  await tracking.logBatch({ run, metrics: [{ key: "score", value: number, loggedModel: name }] });
  ledger.note(`metric of ${name}`, [["score", number]], async (on) =>
    (await on.loggedModels.getLoggedModel({ name })).loggedModel?.metrics.map((it) => [it.key, it.value]),
  );
  await loggedModels.finalizeLoggedModel({ name, state: LoggedModelState.READY });
  ledger.note(
    `state of ${name}`,
    LoggedModelState.READY,
    async (on) => (await on.loggedModels.getLoggedModel({ name })).loggedModel?.state,
  );
};

/** Messages of a stream, each noted when it was answered. */
const writeStream: Writer = async ({ connection, ground, ledger, number }) => {
  const run = await newRun(connection, ground.experiment);
  async function* messages(): AsyncIterable<MessageInitShape<typeof LogMetricsRequestSchema>> {
    for (let sequence = 1n; sequence <= 10n; sequence++)
      yield { run, streamId: "s", sequence, metrics: [{ key: "streamed", value: number, step: sequence }] };
  }
  for await (const { acknowledgedSequence: acknowledged } of connection.tracking.logMetrics(messages()))
    ledger.note(`stream of ${run} up to ${acknowledged}`, true, async (on) => {
      const { metrics } = await on.tracking.getMetricHistory({ run, key: "streamed" });
      const steps = new Set(metrics.map((it) => it.step));
      return steps.size === metrics.length && metrics.length >= Number(acknowledged);
    });
};

const writeStudy: Writer = async ({ connection: { studies, parent }, ground, ledger, number }) => {
  const { study } = await studies.createStudy({
    parent,
    study: {
      displayName: `study ${number}`,
      experiment: ground.experiment,
      space: [{ name: "rate", range: { case: "floatRange", value: { min: 0, max: 1 } } }],
      objectives: [{ metric: "loss", direction: Direction.MINIMIZE }],
      sampler: { method: { case: "random", value: {} } },
    },
  });
  const name = study?.name ?? "";
  ledger.note(name, `study ${number}`, async (on) => (await on.studies.getStudy({ name })).study?.displayName);
  const { trials } = await studies.askTrials({ study: name });
  for (const trial of trials) {
    await studies.tellTrial({ name: trial.name, state: TrialState.COMPLETE, values: [number] });
    ledger.note(trial.name, [[TrialState.COMPLETE, number]], async (on) => {
      const found = (await on.studies.listTrials({ study: name })).trials;
      return found.filter((it) => it.name === trial.name).map((it) => [it.state, it.values[0]]);
    });
  }
};

/** Writers of what runs, models and searches for parameters keep besides. */
export const TRACKING_WRITERS: readonly Writer[] = [writeFilesAndVersion, writeLoggedModel, writeStream, writeStudy];
