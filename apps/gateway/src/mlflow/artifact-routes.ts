import { invalidField, LIMITS } from "@throughline/kernel";
import { readExactJson } from "../exact-json-body.ts";
import { sendJson } from "../http-error.ts";
import { fieldsOf, fieldsOfQuery, text } from "../json-fields.ts";
import { decodeOnce, queryOf } from "../target.ts";
import { bodyOf, sendFile, upload } from "./artifact-bytes.ts";
import { listLocation } from "./artifact-lists.ts";
import type { BareCall, MlflowCall } from "./endpoint.ts";
import { NOTHING } from "./endpoint.ts";
import { endpointNotFound, verbRefused } from "./errors.ts";
import { checkWritable, findFile, putFile, removeFiles } from "./files.ts";
import { type Location, locationOf } from "./locations.ts";
import { abortUpload, beginUpload, endUpload, takePart } from "./multipart.ts";

/** A call below `/mlflow-artifacts/`. */
export interface ArtifactCall extends BareCall {
  /** Behind `/mlflow-artifacts/`, as it was sent. */
  readonly path: string;
  readonly query: string;
  /** What the path begins with, such as `http://127.0.0.1:8080/api/2.0`. */
  readonly base: string;
}

/** Answers a call about the bytes of artifacts. */
export async function answerArtifacts(call: ArtifactCall): Promise<void> {
  const { path, query, response } = call;
  const slash = path.indexOf("/");
  const what = slash < 0 ? path : path.slice(0, slash);
  const rest = slash < 0 ? "" : path.slice(slash + 1);
  if (what === "artifacts" && rest === "" && isRead(call)) {
    const asked = text(fieldsOfQuery(queryOf(query)), "path");
    return sendJson(response, 200, await listLocation(call, locationOf(call.project, asked.replace(/\/$/, ""))));
  }
  if (what === "artifacts") return answerFile(call, locationOf(call.project, decodeOnce(rest)));
  if (what === "presigned") return sendAddress(call, rest);
  if (what === "mpu") return answerParts(call, rest);
  throw endpointNotFound(`mlflow-artifacts/${path}`);
}

const isRead = ({ request }: BareCall): boolean => request.method === "GET" || request.method === "HEAD";

async function answerFile(call: ArtifactCall, location: Location): Promise<void> {
  if (isRead(call)) return sendFile(call, await findFile(call, location));
  if (location.path === "" && location.parent === call.project)
    throw invalidField("path", "name the file, or the folder of a run or of a logged model");
  if (call.request.method === "DELETE") {
    await removeFiles(call, location);
    return sendJson(call.response, 200, NOTHING);
  }
  if (call.request.method !== "PUT") throw verbRefused(["GET", "HEAD", "PUT", "DELETE"]);
  // A name that is refused, or a run that does not exist, is found before the bytes have come.
  await checkWritable(call, location);
  const body = bodyOf(call);
  const digest = await upload(call, body);
  await putFile(call, location, { digest, mediaType: body.mediaType });
  call.response.writeHead(200, { "content-length": 0 }).end();
}

/** Where the bytes of a file can be read in parts: at its own address, for whoever may read it now. */
async function sendAddress(call: ArtifactCall, rest: string): Promise<void> {
  if (!isRead(call)) throw verbRefused(["GET", "HEAD"]);
  const { sizeBytes } = await findFile(call, locationOf(call.project, decodeOnce(rest)));
  const { authorization } = call.headers;
  sendJson(call.response, 200, {
    url: `${call.base}/mlflow-artifacts/artifacts/${rest}`,
    headers: authorization === undefined ? {} : { authorization },
    file_size: Number(sizeBytes),
  });
}

async function answerParts(call: ArtifactCall, rest: string): Promise<void> {
  const [, what = "", below = ""] = /^([a-z]+)(?:\/(.*))?$/s.exec(rest) ?? [];
  if (what === "parts") {
    if (call.request.method !== "PUT") throw verbRefused(["PUT"]);
    const [id = "", number = ""] = below.split("/");
    return takePart(call, id, number);
  }
  if (what !== "create" && what !== "complete" && what !== "abort")
    throw endpointNotFound(`mlflow-artifacts/mpu/${rest}`);
  if (call.request.method !== "POST") throw verbRefused(["POST"]);
  const fields = fieldsOf(await readExactJson(call.request, LIMITS.messageBytesMax), "");
  const asked: MlflowCall = { ...call, fields };
  const folder = decodeOnce(below).replace(/\/$/, "");
  if (what === "create") return sendJson(call.response, 200, await beginUpload(asked, folder, call.base));
  return sendJson(call.response, 200, what === "abort" ? await abortUpload(asked) : await endUpload(asked, folder));
}
