import { type Digest, notFound, streamingDigest } from "@throughline/kernel";
import type { ArtifactKind } from "@throughline/lineage";
import { described, type KnownArtifact, takenUp } from "./artifact.ts";
import { artifactWithoutBytes, kindOfServices, rangeNotSatisfiable } from "./errors.ts";
import { lettingGo } from "./letting-go.ts";
import type { Tracking } from "./ports.ts";

/** What an uploader says about the bytes. */
export interface Declaration {
  readonly project: string;
  readonly digest?: Digest;
  readonly sizeBytes?: number;
  readonly mediaType: string;
  readonly kind: ArtifactKind;
  /** Whether a service of the platform uploads: what it says about its own work needs no proof. */
  readonly isService: boolean;
}

/** What anybody may call their bytes. Everything else is the outcome of a service's work, and decides promotions. */
const KINDS_OF_USERS: readonly ArtifactKind[] = ["FILE", "DATASET", "MODEL"];

/**
 * Stores bytes and makes them known in the project. Bytes come first, so that an artifact that is known is there; they are noted
 * before, so that a sweep finds those of an upload that broke off. Fails with DIGEST_MISMATCH, SIZE_MISMATCH, and KIND_OF_SERVICES for a user who
 * calls bytes an outcome of the platform's work.
 */
export async function uploadArtifact(
  { bytes, arrivals, lineage, commit, clock }: Tracking,
  { project, mediaType, kind, isService, ...declared }: Declaration,
  source: AsyncIterable<Uint8Array>,
): Promise<KnownArtifact> {
  if (!isService && !KINDS_OF_USERS.includes(kind)) throw kindOfServices(kind);
  let note = "";
  const arriving = notedBytes(source, declared.digest, async (digest) => {
    note = await arrivals.add(digest);
  });
  const { digest, sizeBytes } = await bytes.put(arriving, declared);
  return commit(async () => {
    const known = (await lineage.artifacts(project, [digest])).get(digest);
    const timeMs = clock.now();
    const said = described(known, {
      artifact: { digest, kind, resource: "", sizeBytes, mediaType },
      project,
      timeMs,
      storedBytes: sizeBytes,
    });
    // That the bytes came again is remembered: a removal before it does not let them go.
    const artifact = known === undefined ? said : { ...takenUp(said, timeMs), revision: known.revision + 1 };
    // A sweep has taken the note up if the upload took longer than any may.
    const arrived = (await arrivals.has(note)) ? { arrived: note } : {};
    return { change: { lineage: { artifacts: [artifact], executions: [] }, ...arrived }, response: artifact };
  });
}

/** The bytes as they come. They are stored once all of them were read, and noted just before that. */
async function* notedBytes(
  source: AsyncIterable<Uint8Array>,
  declared: Digest | undefined,
  note: (digest: Digest) => Promise<void>,
): AsyncGenerator<Uint8Array> {
  if (declared !== undefined) {
    await note(declared);
    yield* source;
    return;
  }
  const hash = streamingDigest();
  for await (const piece of source) {
    hash.update(piece);
    yield piece;
  }
  await note(hash.digest());
}

/** What addresses an artifact. */
export interface ArtifactKey {
  readonly project: string;
  readonly digest: Digest;
}

/** Fails with NOT_FOUND, also if another project knows the artifact, and if its bytes were let go and nobody needed them. */
export async function getArtifact(
  { lineage }: Pick<Tracking, "lineage">,
  { project, digest }: ArtifactKey,
): Promise<KnownArtifact> {
  const artifact = (await lineage.artifacts(project, [digest])).get(digest);
  if (artifact === undefined || artifact.condemned) throw notFound(`projects/${project}/artifacts/${digest}`);
  return artifact;
}

/** Lets the bytes of an artifact go: the project needs them no more but for files that name them. Fails with NOT_FOUND. */
export async function deleteArtifact(tracking: Tracking, key: ArtifactKey): Promise<void> {
  await tracking.commit(async () => {
    const { digest, project } = await getArtifact(tracking, key);
    const letGo = lettingGo(tracking, { project, by: `projects/${project}/artifacts/${digest}`, digests: [digest] });
    return { change: { letGo }, response: {} };
  });
}

/**
 * Reads the bytes of an artifact from `offset` on: `limit` of them, or up to the end if that is 0.
 * Fails with NOT_FOUND, ARTIFACT_WITHOUT_BYTES and RANGE_NOT_SATISFIABLE.
 */
export async function* downloadArtifact(
  { lineage, bytes }: Tracking,
  key: ArtifactKey,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): AsyncGenerator<Uint8Array> {
  const { digest } = await getArtifact({ lineage }, key);
  const sizeBytes = (await bytes.sizes([digest])).get(digest);
  if (sizeBytes === undefined) throw artifactWithoutBytes(digest);
  if (offset > 0 && offset >= sizeBytes) throw rangeNotSatisfiable(offset, sizeBytes);
  const end = limit === 0 ? sizeBytes : Math.min(sizeBytes, offset + limit);
  yield* bytes.read(digest, { start: offset, end, sizeBytes });
}
