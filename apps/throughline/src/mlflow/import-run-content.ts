import { type Connection, uploadPieces } from "@throughline/client";
import { LIMITS, MLFLOW_TAGS } from "@throughline/kernel";
import { attempt, type Import } from "./import.ts";
import { importFiles } from "./import-files.ts";
import { importHistory } from "./import-history.ts";
import { inParts, sendParts } from "./import-parts.ts";
import type { SourceDataset, SourceRun } from "./source.ts";

/** Params of one call. */
const PARAMS_AT_ONCE = 500;
/** Tags of one call. */
const TAGS_AT_ONCE = 100;

/** Copies what a run holds. What the platform does not take is left out and told, each by itself; the rest is there. */
export async function importRunContent(work: Import, run: SourceRun): Promise<void> {
  const name = `${work.connection.parent}/runs/${run.id}`;
  await importTexts(work, run, name);
  for (const it of run.datasets) await importDataset(work, it, name);
  await importLinks(work, run, name);
  for (const key of run.metricKeys) await importMetric(work, run.id, key);
  await importFiles(work, { kind: "run", ...run }, name);
}

/** Counts what a run has that could not be created. What cannot be counted is a problem of its own. */
export async function countLost({ source, counts }: Import, run: SourceRun): Promise<void> {
  counts.add("params", Object.keys(run.params).length, 0);
  counts.add("tags", Object.keys(run.tags).length, 0);
  counts.add("data sets", run.datasets.length, 0);
  for (const key of run.metricKeys)
    await attempt(
      { counts },
      { kind: "metric points", what: `run ${run.id}: the metric ${JSON.stringify(key)}` },
      async () => {
        let points = 0;
        for await (const _ of source.history(run.id, key)) points++;
        counts.add("metric points", points, 0);
      },
    );
}

async function importTexts({ connection: { tracking }, counts }: Import, run: SourceRun, name: string): Promise<void> {
  const leftOut = (kind: string) => (pair: readonly [string, string], why: string) =>
    counts.problem(`run ${run.id}: the ${kind} ${JSON.stringify(pair[0].slice(0, 300))} was left out: ${why}`);
  for (const part of inParts(Object.entries(run.params), PARAMS_AT_ONCE))
    await sendParts(part, {
      send: (some) => tracking.logBatch({ run: name, params: Object.fromEntries(some) }),
      leftOut: leftOut("param"),
    });
  for (const part of inParts(Object.entries(run.tags), TAGS_AT_ONCE))
    await sendParts(part, {
      send: (some) => tracking.logBatch({ run: name, tags: Object.fromEntries(some) }),
      leftOut: leftOut("tag"),
    });
}

/** A data set whose profile or schema the platform does not take is there without it. */
async function importDataset({ connection, counts }: Import, dataset: SourceDataset, run: string): Promise<void> {
  const what = `${run}: of the data set ${JSON.stringify(dataset.name)}`;
  const send = async ([it]: readonly SourceDataset[]) =>
    connection.tracking.logBatch({ run, datasets: it ? [await datasetInput(connection, it)] : [] });
  await sendParts([dataset], {
    send,
    leftOut: (_, why) =>
      sendParts([{ ...dataset, profile: "" }], {
        send: (it) => send(it).then(() => counts.problem(`${what} the profile was left out: ${why}`)),
        leftOut: () =>
          sendParts([{ ...dataset, profile: "", schema: "" }], {
            send: (it) => send(it).then(() => counts.problem(`${what} profile and schema were left out: ${why}`)),
            leftOut: (_, reason) => counts.problem(`${what} everything was left out: ${reason}`),
          }),
      }),
  });
}

/** Links to logged models. One that was deleted in MLflow is not to be had from it any more. */
async function importLinks(
  { connection: { tracking, parent }, counts }: Import,
  run: SourceRun,
  name: string,
): Promise<void> {
  const leftOut = ({ id }: { readonly id: string }, why: string): void =>
    counts.problem(
      `run ${run.id}: the link to the logged model ${id}, which is not there (it was deleted in MLflow, or is imported later), was left out: ${why}`,
    );
  const use = ({ id, step }: SourceRun["modelOutputs"][number]) => ({
    loggedModel: `${parent}/loggedModels/${id}`,
    step,
  });
  await sendParts(
    run.modelInputs.map((id) => ({ id, step: 0n })),
    { send: (some) => tracking.logBatch({ run: name, modelInputs: some.map(use) }), leftOut },
  );
  await sendParts(run.modelOutputs, {
    send: (some) => tracking.logBatch({ run: name, modelOutputs: some.map(use) }),
    leftOut,
  });
}

async function importMetric({ connection, source, counts }: Import, runId: string, key: string): Promise<void> {
  const run = `${connection.parent}/runs/${runId}`;
  const copied = await importHistory(connection, { run, key }, source.history(runId, key));
  counts.add("metric points", copied.points, copied.equalPoints);
  for (const it of copied.problems) counts.problem(`run ${runId}: the metric ${JSON.stringify(key)} ${it}`);
}

async function datasetInput(
  connection: Connection,
  { name, digest, sourceType, source, schema, profile, tags }: SourceDataset,
) {
  const texts = {
    ...(isLong(schema) ? { storedSchema: await stored(connection, schema) } : { schema }),
    ...(isLong(profile) ? { storedProfile: await stored(connection, profile) } : { profile }),
  };
  return {
    dataset: { displayName: name, externalDigest: digest, sourceType, source, ...texts },
    context: tags[MLFLOW_TAGS.dataContext] ?? "",
    tags,
  };
}

const isLong = (text: string): boolean => Buffer.byteLength(text) > LIMITS.recordTextBytesMax;

async function stored(connection: Connection, text: string): Promise<{ readonly digest: string }> {
  const { digest } = await uploadPieces(connection, [Buffer.from(text)], { mediaType: "application/json" });
  return { digest };
}
