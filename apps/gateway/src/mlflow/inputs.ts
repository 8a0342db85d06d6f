import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DatasetInputSchema, LoggedModelUseSchema } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { TrackingService } from "@throughline/contracts/throughline/tracking/v1/tracking_service_pb";
import { invalidField, MLFLOW_TAGS } from "@throughline/kernel";
import { type Fields, fieldsOf, objects, pathOf, requiredText, text, whole } from "../json-fields.ts";
import { callService, type Endpoint, type MlflowCall, NOTHING } from "./endpoint.ts";
import { runName } from "./logging.ts";
import { readRun } from "./runs.ts";

const USES_MAX = 100;

/** What a run read and made: data sets and logged models. */
export const INPUTS: readonly Endpoint[] = [
  {
    verbs: ["POST"],
    path: "runs/log-inputs",
    async answer(call) {
      await callService(call, TrackingService.method.logBatch, {
        run: runName(call),
        datasets: objects(call.fields, "datasets", USES_MAX).map(datasetInput),
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

function datasetInput(fields: Fields): MessageInitShape<typeof DatasetInputSchema> {
  const dataset = fieldsOf(fields.values["dataset"], pathOf(fields, "dataset"));
  const digest = requiredText(dataset, "digest");
  const tags = new Map(objects(fields, "tags").map((it) => [requiredText(it, "key"), text(it, "value")] as const));
  const context = tags.get(MLFLOW_TAGS.dataContext) ?? "";
  tags.delete(MLFLOW_TAGS.dataContext);
  return {
    dataset: {
      ...(OWN_DIGEST.test(digest) ? { digest } : { externalDigest: digest }),
      displayName: requiredText(dataset, "name"),
      sourceType: requiredText(dataset, "source_type"),
      source: requiredText(dataset, "source"),
      schema: text(dataset, "schema"),
      profile: text(dataset, "profile"),
    },
    context,
    tags: Object.fromEntries(tags),
  };
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
