import type { BlobStore } from "@throughline/blobs";
import { type Digest, isDomainError } from "@throughline/kernel";
import type { Evidence, EvidenceStore, Known } from "./evidence.ts";
import { EVIDENCE_BYTES_MAX, readEvaluation } from "./evidence-bytes.ts";

/** Most evidence of a version that is looked at: the newest. */
export const EVIDENCE_LISTED_MAX = 1_000;

/** Where evidence is found. */
export interface EvidenceSources {
  readonly evidence: EvidenceStore;
  readonly blobs: Pick<BlobStore, "get" | "stat">;
}

/** What is known of a version. An evaluation whose bytes are gone is not known any more. */
export async function knownOf({ evidence, blobs }: EvidenceSources, modelVersion: string): Promise<Known> {
  const all = await evidence.list(modelVersion, EVIDENCE_LISTED_MAX);
  const certificate = newest(all, "CERTIFICATE");
  const evaluation = newest(all, "EVALUATION");
  const bytes = evaluation && (await storedBytes(blobs, evaluation.digest));
  const measurements = all
    .toReversed()
    .flatMap(({ finding, actor }) => (finding.kind === "MEASUREMENT" ? [{ ...finding, actor }] : []));
  return {
    ...(evaluation && bytes && { evaluation: { ...readEvaluation(bytes), digest: evaluation.digest } }),
    ...(certificate && { certificate }),
    measurements: new Map(measurements.map((it) => [it.metric, it])),
  };
}

function newest<K extends Evidence["finding"]["kind"]>(all: readonly Evidence[], kind: K) {
  return all
    .map((it) => it.finding)
    .find((it): it is Extract<Evidence["finding"], { readonly kind: K }> => it.kind === kind);
}

/** The bytes of a small object, checked against the digest; undefined if it is not there or too large to be evidence. */
export async function storedBytes(
  blobs: Pick<BlobStore, "get" | "stat">,
  digest: Digest,
): Promise<Uint8Array | undefined> {
  const info = await blobs.stat(digest);
  if (!info || info.size > EVIDENCE_BYTES_MAX) return undefined;
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of blobs.get(digest)) pieces.push(piece);
  } catch (error) {
    // It was removed since.
    if (isDomainError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
  return Buffer.concat(pieces);
}
