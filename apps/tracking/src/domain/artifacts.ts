import { type Digest, notFound } from "@throughline/kernel";
import type { ArtifactKind } from "@throughline/lineage";
import { described, type KnownArtifact } from "./artifact.ts";
import { artifactWithoutBytes, kindOfServices, rangeNotSatisfiable } from "./errors.ts";
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
 * Stores bytes and makes them known in the project. Bytes come first, so that an artifact that is known is there; an
 * upload that breaks off leaves nothing. Fails with DIGEST_MISMATCH, SIZE_MISMATCH, and KIND_OF_SERVICES for a user who
 * calls bytes an outcome of the platform's work.
 */
export async function uploadArtifact(
  { bytes, lineage, commit, clock }: Tracking,
  { project, mediaType, kind, isService, ...declared }: Declaration,
  source: AsyncIterable<Uint8Array>,
): Promise<KnownArtifact> {
  if (!isService && !KINDS_OF_USERS.includes(kind)) throw kindOfServices(kind);
  const { digest, sizeBytes } = await bytes.put(source, declared);
  return commit(async () => {
    const known = (await lineage.artifacts(project, [digest])).get(digest);
    const artifact = described(known, {
      artifact: { digest, kind, resource: "", sizeBytes, mediaType },
      project,
      timeMs: clock.now(),
      storedBytes: sizeBytes,
    });
    const change = artifact === known ? {} : { lineage: { artifacts: [artifact], executions: [] } };
    return { change, response: artifact };
  });
}

/** What addresses an artifact. */
export interface ArtifactKey {
  readonly project: string;
  readonly digest: Digest;
}

/** Fails with NOT_FOUND, also if another project knows the artifact. */
export async function getArtifact(
  { lineage }: Pick<Tracking, "lineage">,
  { project, digest }: ArtifactKey,
): Promise<KnownArtifact> {
  const artifact = (await lineage.artifacts(project, [digest])).get(digest);
  if (artifact === undefined) throw notFound(`projects/${project}/artifacts/${digest}`);
  return artifact;
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
