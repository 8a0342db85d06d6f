import { createHash } from "node:crypto";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { UploadArtifactRequestSchema } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import type { MetricSchema } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { fromMs } from "@throughline/rpc";
import type { Random } from "./random.ts";
import type { Services } from "./services.ts";

const CHUNK_BYTES = 256 * 1024;
const FILE_BYTES_LEAST = 10;
const FILE_BYTES_MOST = 3 * 1024 * 1024;

/** The bytes of a file that is known by its seed: the same for the same. From 10 B to 3 MiB, small ones far more often. */
export function bytesOf(seed: string, random: Random): Buffer {
  const size = Math.round(FILE_BYTES_LEAST * (FILE_BYTES_MOST / FILE_BYTES_LEAST) ** (random() * random()));
  const bytes = Buffer.alloc(size, createHash("sha512").update(seed).digest());
  // Repeated bytes would let pieces change places unseen.
  for (let at = 0; at + 4 <= size; at += 4_096) bytes.writeUInt32LE(at, at);
  return bytes;
}

export const digestOf = (bytes: Uint8Array): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** Uploads bytes, and resolves once the platform has said that it has them. */
export async function upload({ artifacts, parent }: Services, bytes: Buffer): Promise<void> {
  async function* messages(): AsyncIterable<MessageInitShape<typeof UploadArtifactRequestSchema>> {
    yield { declaration: { parent } };
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield { data: bytes.subarray(at, at + CHUNK_BYTES) };
  }
  await artifacts.uploadArtifact(messages());
}

/** The value of a metric at a step: the same for the same step, so that a history is known by its length. */
export function valueAt(step: number): number {
  if (step % 17 === 3) return Number.NaN;
  if (step % 17 === 5) return Number.NEGATIVE_INFINITY;
  return step * 1.25 - 7 / (step + 1);
}

const FIRST_POINT_MS = 1_790_000_000_000;

/** The points of a metric from one step up to another, which is left out. */
export const pointsOf = (key: string, from: number, to: number): MessageInitShape<typeof MetricSchema>[] =>
  Array.from({ length: to - from }, (_, i) => {
    const step = from + i;
    return { key, value: valueAt(step), step: BigInt(step), time: fromMs(FIRST_POINT_MS + step) };
  });

export const isCode = (error: unknown, ...codes: readonly Code[]): boolean =>
  codes.includes(ConnectError.from(error).code);

/** What a call answers, or undefined if what it asks for is not there. */
export const unlessMissing = <T>(call: Promise<T>): Promise<T | undefined> =>
  call.catch((error: unknown) => {
    if (isCode(error, Code.NotFound)) return undefined;
    throw error;
  });
