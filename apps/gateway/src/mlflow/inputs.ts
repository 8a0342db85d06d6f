import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DatasetInputSchema, LoggedModelUseSchema } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField, MLFLOW_TAGS } from "@throughline/kernel";
import { type Fields, fieldsOf, objects, pathOf, requiredText, text, whole } from "../json-fields.ts";
import { hasLongTexts, storedTexts, type Texts } from "./dataset-texts.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING } from "./endpoint.ts";
import { runName } from "./logging.ts";
import { readRun } from "./runs.ts";

const USES_MAX = 1_000;
/** What MLflow takes as schema and profile of a data set, in characters. */
const SCHEMA_LENGTH_MAX = 1_048_575;
const PROFILE_LENGTH_MAX = 16_777_215;
/** One profile of that length, as JSON text in JSON. */
const INPUTS_BYTES_MAX = 24 * 1024 * 1024;

/** What a run read and made: data sets and logged models. */
export const INPUTS: readonly Endpoint[] = [
  {
    verbs: ["POST"],
    path: "runs/log-inputs",
    bytesMax: INPUTS_BYTES_MAX,
    async answer(call) {
      await callService(call, TrackingService.method.logBatch, {
        run: runName(call),
        datasets: await datasetInputs(call),
        modelInputs: objects(call.fields, "models", USES_MAX).map((it) => modelUse(call, it)),
      });
      return NOTHING;
    },
  },
  {
    verbs: ["POST"],
    path: "runs/outputs",
    async answer(call) {
      const modelOutputs = objects(call.fields, "models", USES_MAX).map((it) => modelUse(call, it));
      await callService(call, TrackingService.method.logBatch, { run: runName(call), modelOutputs });
      return NOTHING;
    },
  },
  { verbs: ["POST"], path: "runs/log-model", answer: logModel },
];

const modelUse = ({ project }: MlflowCall, fields: Fields): MessageInitShape<typeof LoggedModelUseSchema> => ({
  loggedModel: `${project}/loggedModels/${requiredText(fields, "model_id")}`,
  step: whole(fields, "step") ?? 0n,
});

/** Our digests are longer than any of MLflow's. */
const OWN_DIGEST = /^sha256:[0-9a-f]{64}$/;

/** What a request says of data sets. Long texts are stored once everything is known to be right, and the run to take them. */
async function datasetInputs(call: MlflowCall): Promise<MessageInitShape<typeof DatasetInputSchema>[]> {
  const given = objects(call.fields, "datasets", USES_MAX).map(datasetInput);
  if (given.some(({ texts }) => hasLongTexts(texts)))
    await callService(call, TrackingService.method.logBatch, { run: runName(call) });
  const inputs: MessageInitShape<typeof DatasetInputSchema>[] = [];
  // One after the other: each may bring megabytes.
  for (const { about, texts, ...use } of given)
    inputs.push({ ...use, dataset: { ...about, ...(await storedTexts(call, texts)) } });
  return inputs;
}

function datasetInput(fields: Fields) {
  const dataset = fieldsOf(fields.values["dataset"], pathOf(fields, "dataset"));
  const digest = requiredText(dataset, "digest");
  const tags = new Map(objects(fields, "tags").map((it) => [requiredText(it, "key"), text(it, "value")] as const));
  const context = tags.get(MLFLOW_TAGS.dataContext) ?? "";
  tags.delete(MLFLOW_TAGS.dataContext);
  const about = {
    ...(OWN_DIGEST.test(digest) ? { digest } : { externalDigest: digest }),
    displayName: requiredText(dataset, "name"),
    sourceType: text(dataset, "source_type"),
    source: text(dataset, "source"),
  };
  const texts: Texts = {
    schema: textUpTo(dataset, "schema", SCHEMA_LENGTH_MAX),
    profile: textUpTo(dataset, "profile", PROFILE_LENGTH_MAX),
  };
  return { about, texts, context, tags: Object.fromEntries(tags) };
}

function textUpTo(fields: Fields, key: string, lengthMax: number): string {
  const given = text(fields, key);
  if (given.length > lengthMax)
    throw invalidField(pathOf(fields, key), `it exceeds the maximum length of ${lengthMax} characters`);
  return given;
}

async function logModel(call: MlflowCall): Promise<typeof NOTHING> {
  const given = requiredText(call.fields, "model_json");
  const model = parsed(given, "model_json");
  for (const key of ["artifact_path", "flavors", "utc_time_created", "run_id"])
    if (!(key in fieldsOf(model, "model_json").values)) throw invalidField("model_json", `it has no ${key}`);
  const { tags } = await readRun(call, runName(call));
  const earlier = parsed(tags[MLFLOW_TAGS.modelHistory] ?? "[]", MLFLOW_TAGS.modelHistory);
  const all = [...(Array.isArray(earlier) ? earlier : []), model];
  await callService(call, TrackingService.method.logBatch, {
    run: runName(call),
    tags: { [MLFLOW_TAGS.modelHistory]: JSON.stringify(all) },
  });
  return NOTHING;
}

function parsed(json: string, path: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalidField(path, "expected an object as JSON text");
  }
}
