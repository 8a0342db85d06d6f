import { randomBytes } from "node:crypto";
import { invalidField } from "@throughline/kernel";
import { type Fields, objects, requiredText, text, whole } from "../json-fields.ts";
import { bodyOf, download, upload } from "./artifact-bytes.ts";
import type { BareCall, MlflowCall } from "./endpoint.ts";
import { NOTHING } from "./endpoint.ts";
import { checkWritable, findFile, listFolder, putFile, removeFiles } from "./files.ts";
import { type Location, locationOf } from "./locations.ts";

/**
 * Uploads in parts, which a client may send at the same time and again. Until they are put together the parts are files of
 * the project, so that the gateway remembers nothing, and whatever keeps files in order keeps these in order too.
 */
const PARTS_FOLDER = ".mlflow-uploads";
const PARTS_MAX = 10_000;

/** Where the file of an upload is to stand: the folder in the path, and the last name of the client's own path. */
function targetOf({ project, fields }: MlflowCall, folder: string): Location {
  const name = requiredText(fields, "path").split(/[/\\]/).at(-1) ?? "";
  return locationOf(project, folder === "" ? name : `${folder}/${name}`);
}

function folderOf(project: string, id: string): Location {
  if (!/^[0-9a-f]{32}$/.test(id)) throw invalidField("upload_id", "expected the id that the upload was begun with");
  return { parent: project, path: `${PARTS_FOLDER}/${id}` };
}

/** Begins an upload: gives its id, and the address that each part is to be sent to. */
export async function beginUpload(call: MlflowCall, folder: string, base: string): Promise<unknown> {
  const { fields, headers } = call;
  const parts = whole(fields, "num_parts") ?? 1n;
  if (parts < 1n || parts > BigInt(PARTS_MAX)) throw invalidField("num_parts", `expected 1 to ${PARTS_MAX} parts`);
  await checkWritable(call, targetOf(call, folder));
  const id = randomBytes(16).toString("hex");
  const { authorization } = headers;
  const credentials = Array.from({ length: Number(parts) }, (_, i) => ({
    url: `${base}/mlflow-artifacts/mpu/parts/${id}/${i + 1}`,
    part_number: i + 1,
    // Clients send parts without their own credentials.
    headers: authorization === undefined ? {} : { authorization },
  }));
  return { upload_id: id, credentials };
}

/** Takes one part. The digest is its entity tag, which the client shows at the end. */
export async function takePart(call: BareCall, id: string, number: string): Promise<void> {
  const folder = folderOf(call.project, id);
  if (!/^[1-9]\d{0,4}$/.test(number) || Number(number) > PARTS_MAX)
    throw invalidField("part_number", `expected a number from 1 to ${PARTS_MAX}`);
  const body = bodyOf(call);
  const digest = await upload(call, body);
  await putFile(call, { parent: folder.parent, path: `${folder.path}/${number}` }, { digest, mediaType: "" });
  call.response.writeHead(200, { etag: `"${digest}"`, "content-length": 0 }).end();
}

/** Puts the parts together, and lets the path name what they make. */
export async function endUpload(call: MlflowCall, folder: string): Promise<unknown> {
  const target = targetOf(call, folder);
  const parts = folderOf(call.project, requiredText(call.fields, "upload_id"));
  const claimed = objects(call.fields, "parts", PARTS_MAX).map(partOf);
  claimed.sort((a, b) => a.number - b.number);
  const stored = new Set((await listFolder(call, parts)).map((it) => it.name));
  if (stored.size === 0) throw invalidField("upload_id", "there is no such upload: begin one");
  if (claimed.length !== stored.size || claimed.some((it, i) => it.number !== i + 1 || !stored.has(String(i + 1))))
    throw invalidField("parts", `expected each of the ${stored.size} parts that were sent, once`);
  const found = await Promise.all(
    claimed.map(({ number }) => findFile(call, { ...parts, path: `${parts.path}/${number}` })),
  );
  const wrong = found.findIndex((it, i) => it.digest !== claimed[i]?.digest);
  if (wrong >= 0) throw invalidField(`parts[${wrong}].etag`, "it is not the one that the part was answered with");
  const digest = await upload(call, {
    mediaType: "application/octet-stream",
    bytes: joined(call, found),
    sizeBytes: found.reduce((sum, it) => sum + it.sizeBytes, 0n),
  });
  await putFile(call, target, { digest, mediaType: "application/octet-stream" });
  await removeFiles(call, parts);
  return NOTHING;
}

const partOf = (fields: Fields): { readonly number: number; readonly digest: string } => ({
  number: Number(whole(fields, "part_number") ?? 0n),
  digest: text(fields, "etag").replace(/^"|"$/g, ""),
});

async function* joined(
  call: BareCall,
  parts: readonly { readonly digest: string; readonly sizeBytes: bigint }[],
): AsyncIterable<Uint8Array> {
  for (const part of parts) yield* download(call, part, { start: 0, end: Number(part.sizeBytes) });
}

/** Forgets an upload and what was sent of it. */
export async function abortUpload(call: MlflowCall): Promise<unknown> {
  await removeFiles(call, folderOf(call.project, requiredText(call.fields, "upload_id")));
  return NOTHING;
}
