import { invalidField } from "@throughline/kernel";
import { requiredText, text } from "../json-fields.ts";
import type { Endpoint, MlflowCall } from "./endpoint.ts";
import { readLoggedModel } from "./logged-models.ts";
import { readRun } from "./runs.ts";

/**
 * Addresses of other hosts that files are read from and written to directly. There are none here, as with MLflow's server where
 * it keeps the files itself: callers are told so with its words, and take the way through the server.
 */
export const PRESIGNED: readonly Endpoint[] = [
  { verbs: ["POST"], path: "artifacts/presigned-download-url", answer: (call) => refuse(call, "download") },
  { verbs: ["POST"], path: "artifacts/presigned-upload-url", answer: (call) => refuse(call, "upload") },
];

async function refuse(call: MlflowCall, way: "download" | "upload"): Promise<never> {
  const { fields, project } = call;
  requiredText(fields, "path");
  const runId = text(fields, "run_id");
  const modelId = way === "upload" ? text(fields, "model_id") : "";
  if ((runId === "") === (modelId === ""))
    throw invalidField(
      "run_id",
      way === "upload" ? "exactly one of run_id and model_id must be given" : "it is missing",
    );
  if (runId !== "") await readRun(call, `${project}/runs/${runId}`);
  else await readLoggedModel(call, `${project}/loggedModels/${modelId}`);
  throw invalidField(
    "path",
    `Presigned ${way} is not supported for proxied artifact storage. Use mlflow-artifacts, as the client does by itself`,
  );
}
