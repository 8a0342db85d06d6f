import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type Artifact, ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import type { UploadArtifactRequestSchema } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import type { Connection } from "./connection.ts";

const CHUNK_BYTES = 512 * 1024;

/** Uploads a file and returns the artifact, whose digest the platform has checked. */
export async function upload(
  connection: Connection,
  path: string,
  { kind = ArtifactKind.FILE, mediaType = "application/octet-stream" } = {},
): Promise<Artifact> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const digest = `sha256:${hash.digest("hex")}`;
  const sizeBytes = BigInt((await stat(path)).size);
  const { parent } = connection;
  async function* messages(): AsyncIterable<MessageInitShape<typeof UploadArtifactRequestSchema>> {
    yield { declaration: { parent, digest, sizeBytes, mediaType, kind } };
    for await (const data of createReadStream(path, { highWaterMark: CHUNK_BYTES })) yield { data };
  }
  const { artifact } = await connection.artifacts.uploadArtifact(messages());
  if (!artifact) throw new Error("the platform answered the upload without an artifact");
  return artifact;
}

/** Uploads bytes as they come, and returns the artifact. Fails if the platform stored other bytes than those. */
export async function uploadPieces(
  connection: Connection,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { kind = ArtifactKind.FILE, mediaType = "application/octet-stream" } = {},
): Promise<Artifact> {
  const hash = createHash("sha256");
  const { parent } = connection;
  async function* messages(): AsyncIterable<MessageInitShape<typeof UploadArtifactRequestSchema>> {
    yield { declaration: { parent, mediaType, kind } };
    for await (const piece of pieces) {
      hash.update(piece);
      for (let at = 0; at < piece.length; at += CHUNK_BYTES) yield { data: piece.subarray(at, at + CHUNK_BYTES) };
    }
  }
  const { artifact } = await connection.artifacts.uploadArtifact(messages());
  const digest = `sha256:${hash.digest("hex")}`;
  if (artifact?.digest !== digest) throw new Error(`the platform stored ${artifact?.digest} and not ${digest}`);
  return artifact;
}

/** Downloads an artifact into a file. The file appears only once its digest was checked. */
export async function download(connection: Connection, digest: string, path: string): Promise<void> {
  const hash = createHash("sha256");
  const part = `${path}.part`;
  const name = `${connection.parent}/artifacts/${digest}`;
  async function* pieces(): AsyncIterable<Uint8Array> {
    for await (const { data } of connection.artifacts.downloadArtifact({ name })) {
      hash.update(data);
      yield data;
    }
  }
  try {
    await pipeline(pieces(), createWriteStream(part));
    if (`sha256:${hash.digest("hex")}` !== digest) throw new Error(`the bytes of ${name} do not have its digest`);
    await rename(part, path);
  } finally {
    await rm(part, { force: true });
  }
}
