import type { BlobStore } from "@throughline/blobs";
import { type Digest, isDomainError } from "@throughline/kernel";
import type { Evidence, EvidenceStore, Known } from "./evidence.ts";
import { EVIDENCE_BYTES_MAX, readCertificate, readEvaluation } from "./evidence-bytes.ts";
import type { ModelVersion } from "./model.ts";
import type { Findings } from "./ports.ts";
import { type Asked, unlessAway } from "./unanswered.ts";

/** Most evidence of a version that is looked at: the newest. */
export const EVIDENCE_LISTED_MAX = 1_000;

/** Where evidence is found. */
export interface EvidenceSources {
  readonly evidence: EvidenceStore;
  readonly blobs: Pick<BlobStore, "get" | "stat">;
  /** Left out: only what was added as evidence is known. */
  readonly findings?: Findings;
}

/** The same without what other services found out: for whoever knows that one is away, and would wait for it time and again. */
export const onlyAdded = <S extends EvidenceSources>({ findings: _, ...added }: S): Omit<S, "findings"> => added;

/**
 * What is known of a version: what was added as evidence, and what other services found out about it. An evaluation whose bytes are
 * gone is not known any more, and what a service could not be asked for is named.
 */
export async function knownOf(sources: EvidenceSources, version: ModelVersion): Promise<Known> {
  const { evidence, blobs } = sources;
  const all = await evidence.list(version.name, EVIDENCE_LISTED_MAX);
  const added = newest(all, "CERTIFICATE");
  const { found: certificate, unasked: ofCertificate } = added
    ? { found: added }
    : await foundCertificate(sources, version);
  const { found: evaluation, unasked: ofEvaluation } = await newestEvaluation(sources, version, all);
  const bytes = evaluation && (await storedBytes(blobs, evaluation.digest));
  const measurements = all
    .toReversed()
    .flatMap(({ finding, actor }) => (finding.kind === "MEASUREMENT" ? [{ ...finding, actor }] : []));
  return {
    ...(evaluation && bytes && { evaluation: { ...readEvaluation(bytes), digest: evaluation.digest } }),
    ...(certificate && { certificate }),
    measurements: new Map(measurements.map((it) => [it.metric, it])),
    ...((ofCertificate ?? ofEvaluation) !== undefined && {
      unasked: {
        ...(ofCertificate !== undefined && { certificate: ofCertificate }),
        ...(ofEvaluation !== undefined && { evaluation: ofEvaluation }),
      },
    }),
  };
}

/**
 * The newest evaluation, whether it was added or found. One of the run is not found: a run may have made several models, and
 * whoever adds it says which it is of.
 */
async function newestEvaluation(
  { findings }: EvidenceSources,
  { name, createTimeMs }: ModelVersion,
  all: readonly Evidence[],
): Promise<Asked<{ readonly digest: Digest }>> {
  const added = all.flatMap((it) =>
    it.finding.kind === "EVALUATION" ? [{ digest: it.finding.digest, createTimeMs: it.createTimeMs }] : [],
  );
  const { found, ...asked } = await unlessAway(findings?.evaluation(name));
  // An older one is of a version of this name that was deleted.
  const known = found && found.createTimeMs >= createTimeMs ? [...added, found] : added;
  return { found: known.toSorted((a, b) => b.createTimeMs - a.createTimeMs)[0], ...asked };
}

async function foundCertificate(
  { findings, blobs }: EvidenceSources,
  { trainingSet, trainingSetDigest }: ModelVersion,
): Promise<Asked<Known["certificate"]>> {
  const { found, ...asked } = await unlessAway(trainingSet === "" ? undefined : findings?.certificate(trainingSet));
  return { found: found && (await certificateIn(blobs, found, trainingSetDigest)), ...asked };
}

/** A stored leakage certificate, if it is one of the training set. */
export async function certificateIn(
  blobs: EvidenceSources["blobs"],
  digest: Digest,
  trainingSetDigest: string,
): Promise<Known["certificate"]> {
  const bytes = await storedBytes(blobs, digest);
  if (!bytes) return undefined;
  try {
    const { trainingSetDigest: of, ...certified } = readCertificate(bytes);
    return of === trainingSetDigest ? { kind: "CERTIFICATE", digest, ...certified } : undefined;
  } catch (error) {
    if (!isDomainError(error, "EVIDENCE_INVALID")) throw error;
    return undefined;
  }
}

function newest<K extends Evidence["finding"]["kind"]>(all: readonly Evidence[], kind: K) {
  return all
    .map((it) => it.finding)
    .find((it): it is Extract<Evidence["finding"], { readonly kind: K }> => it.kind === kind);
}

/** The bytes of a small object, checked against the digest; undefined if it is not there or too large: to be evidence, if nothing else is said. */
export async function storedBytes(
  blobs: Pick<BlobStore, "get" | "stat">,
  digest: Digest,
  bytesMax = EVIDENCE_BYTES_MAX,
): Promise<Uint8Array | undefined> {
  const info = await blobs.stat(digest);
  if (!info || info.size > bytesMax) return undefined;
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
