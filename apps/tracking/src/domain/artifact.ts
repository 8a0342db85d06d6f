import type { ArtifactKind, LineageArtifact } from "@throughline/lineage";
import { digestMismatch } from "./errors.ts";

/** An artifact that a project knows. What a project knows says nothing to another one. */
export interface KnownArtifact extends LineageArtifact {
  readonly project: string;
  readonly createTimeMs: number;
  /** When its bytes came last, if they came again after it had become known. */
  readonly uploadTimeMs?: number;
  /** Since when the project needs its bytes no more, and which removal was the last to say so. */
  readonly letGoTimeMs?: number;
  readonly letGoBy?: string;
  /** True once its bytes are condemned or erased: as long as nobody uploads them again, the artifact is only a name on the thread. */
  readonly condemned?: true;
  /** 1 when it became known, one more each time that more was said about it. */
  readonly revision: number;
}

/**
 * Kinds whose digest is always that of stored bytes. The others may be known by the digest of a manifest, or by the
 * Merkle root of their rows, under which no bytes are stored.
 */
const KINDS_OF_BYTES: ReadonlySet<ArtifactKind> = new Set(["FILE", "MODEL"]);

export const isKindOfBytes = (kind: ArtifactKind): boolean => KINDS_OF_BYTES.has(kind);

/** What is said about an artifact, where and when. */
export interface Description {
  readonly artifact: LineageArtifact;
  readonly project: string;
  readonly timeMs: number;
  /** Size of the bytes that are stored under the digest, if there are any. */
  readonly storedBytes?: number;
}

/**
 * What a project knows about an artifact after it was described: what was known stays, what was missing is filled in, and
 * a kind gives way only to one that says more. Returns `known` itself if nothing is new.
 *
 * Fails with DIGEST_MISMATCH if the sizes contradict each other.
 */
export function described(
  known: KnownArtifact | undefined,
  { artifact, project, timeMs, storedBytes }: Description,
): KnownArtifact {
  // Bytes that were condemned have come again.
  if (known?.condemned && storedBytes !== undefined) {
    const again = described(takenUp(known, timeMs), { artifact, project, timeMs, storedBytes });
    return { ...again, revision: known.revision + 1 };
  }
  // A known size of 0 says nothing; stored bytes, even none, say how many there are.
  const sizeBytes = agreedSize(artifact, storedBytes ?? (known?.sizeBytes || undefined));
  if (known === undefined) return { ...artifact, sizeBytes, project, createTimeMs: timeMs, revision: 1 };
  const saysMore = weight(artifact.kind) > weight(known.kind);
  const kind = saysMore ? artifact.kind : known.kind;
  const resource = (saysMore && artifact.resource) || known.resource || artifact.resource;
  const mediaType = known.mediaType || artifact.mediaType;
  const same =
    kind === known.kind &&
    resource === known.resource &&
    mediaType === known.mediaType &&
    sizeBytes === known.sizeBytes;
  return same ? known : { ...known, kind, resource, mediaType, sizeBytes, revision: known.revision + 1 };
}

/** An artifact whose bytes came again: whatever let them go before counts no more. */
export function takenUp(known: KnownArtifact, timeMs: number): KnownArtifact {
  const { condemned: _, letGoTimeMs: __, letGoBy: ___, ...kept } = known;
  return { ...kept, uploadTimeMs: timeMs, revision: known.revision + 1 };
}

/** When bytes of the artifact came last. */
export const broughtTimeMs = ({ uploadTimeMs, createTimeMs }: KnownArtifact): number => uploadTimeMs ?? createTimeMs;

function agreedSize({ digest, sizeBytes }: LineageArtifact, actual: number | undefined): number {
  if (actual !== undefined && sizeBytes !== 0 && sizeBytes !== actual) throw digestMismatch(digest, sizeBytes, actual);
  return actual ?? sizeBytes;
}

/** How much a kind says: nothing about bytes, that they are rows from somewhere, or what made them. */
function weight(kind: ArtifactKind): number {
  if (kind === "FILE") return 0;
  return kind === "DATASET" ? 1 : 2;
}
