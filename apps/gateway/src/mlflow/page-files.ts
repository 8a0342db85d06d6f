import { invalidField } from "@throughline/kernel";
import { bodyTooLarge } from "../body.ts";
import { requiredText } from "../json-fields.ts";
import { bodyOf, sendFile, upload } from "./artifact-bytes.ts";
import { type Endpoint, type MlflowCall, NOTHING, SENT } from "./endpoint.ts";
import { checkWritable, findFile, putFile } from "./files.ts";
import type { Location } from "./locations.ts";
import { modelName, readLoggedModel } from "./logged-models.ts";
import { runName } from "./logging.ts";
import { versionAskedOf } from "./model-lookup.ts";
import { readRun } from "./runs.ts";

/** MLflow's own limit of what its pages upload. */
const UPLOAD_BYTES_MAX = 10 * 1024 * 1024;

/** Files as MLflow's pages read and write them, by the run, the logged model or the model version that they belong to. */
export const PAGE_FILES: readonly Endpoint[] = [
  {
    verbs: ["GET"],
    path: "get-artifact",
    async answer(call) {
      await readRun(call, runName(call));
      return send(call, { parent: runName(call), path: requiredText(call.fields, "path") });
    },
  },
  {
    verbs: ["GET"],
    path: "model-versions/get-artifact",
    async answer(call) {
      const path = requiredText(call.fields, "path");
      return send(call, { parent: (await versionAskedOf(call)).version.name, path });
    },
  },
  {
    verbs: ["GET"],
    path: "logged-models/{}/artifacts/files",
    async answer(call) {
      const path = requiredText(call.fields, "artifact_file_path");
      const model = await readLoggedModel(call, modelName(call));
      return send(call, { parent: model.name, path });
    },
  },
  { verbs: ["POST"], path: "upload-artifact", takesBytes: true, answer: takeFile },
];

async function send(call: MlflowCall, location: Location): Promise<typeof SENT> {
  await sendFile(call, await findFile(call, location));
  return SENT;
}

async function takeFile(call: MlflowCall): Promise<typeof NOTHING> {
  const location = { parent: runName(call), path: requiredText(call.fields, "path") };
  const body = bodyOf(call);
  if (body.sizeBytes === 0n) throw invalidField("body", "the bytes of the artifact are missing");
  if (body.sizeBytes !== undefined && body.sizeBytes > UPLOAD_BYTES_MAX) throw bodyTooLarge(UPLOAD_BYTES_MAX);
  await checkWritable(call, location);
  const digest = await upload(call, { ...body, bytes: limited(body.bytes) });
  await putFile(call, location, { digest, mediaType: body.mediaType });
  return NOTHING;
}

async function* limited(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let length = 0;
  for await (const piece of bytes) {
    length += piece.byteLength;
    if (length > UPLOAD_BYTES_MAX) throw bodyTooLarge(UPLOAD_BYTES_MAX);
    yield piece;
  }
}
