import type { BlobStore } from "@throughline/blobs";
import { DomainError, type FieldViolation, isDigest } from "@throughline/kernel";
import { END, headerOf, paddingOf } from "./archive.ts";
import type { ImportStore } from "./import-store.ts";
import { registered, released } from "./lineage.ts";
import type { ModelVersion } from "./model.ts";
import type { PinnedFeatureService } from "./ports.ts";
import { manifestBytes, type Release, versionsOf } from "./release.ts";
import {
  blobFile,
  blobOrder,
  CHECKSUMS_FILE,
  checksumBytes,
  INDEX_FILE,
  indexBytes,
  type StoredPart,
  storedParts,
} from "./release-archive.ts";
import type { PartSources } from "./release-models.ts";
import { completeManifest } from "./release-parts.ts";
import type { ReleaseStore } from "./release-store.ts";
import { getRelease } from "./releases.ts";

export interface ExportDeps extends Omit<PartSources, "blobs" | "findVersion"> {
  readonly releases: ReleaseStore;
  readonly imports: ImportStore;
  readonly blobs: Pick<BlobStore, "stat" | "get">;
  readonly findVersion: (name: string) => Promise<ModelVersion | undefined>;
}

/**
 * A release with all its parts as one archive, in pieces. The same release always gives the same bytes, also after it was
 * imported elsewhere. Fails with NOT_FOUND, RELEASE_INCOMPLETE, RELEASE_REFUSED, and BLOB_CORRUPT for a damaged part.
 */
export async function* exportRelease(deps: ExportDeps, name: string): AsyncGenerator<Uint8Array> {
  const release = await getRelease(deps, name);
  const parts = await presentParts(deps, release);
  const index = await indexOf(deps, release, parts);
  yield* file(INDEX_FILE, index.length, [index]);
  const checksums = checksumBytes(index, parts);
  yield* file(CHECKSUMS_FILE, checksums.length, [checksums]);
  for (const { digest, sizeBytes } of blobOrder(parts))
    yield* file(blobFile(digest), sizeBytes, deps.blobs.get(digest));
  yield END;
}

async function* file(
  name: string,
  sizeBytes: number,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield headerOf(name, sizeBytes);
  yield* content;
  if (paddingOf(sizeBytes) > 0) yield new Uint8Array(paddingOf(sizeBytes));
}

async function presentParts(
  { blobs }: ExportDeps,
  { name, digest, manifest }: Release,
): Promise<readonly StoredPart[]> {
  const missing: FieldViolation[] = [];
  const parts: StoredPart[] = [];
  for (const [part, wanted] of storedParts(digest, manifest)) {
    const info = isDigest(wanted) ? await blobs.stat(wanted) : undefined;
    if (info) parts.push({ part, digest: info.digest, sizeBytes: info.size });
    else missing.push({ path: part, description: `nothing is stored under ${wanted}` });
  }
  if (missing.length > 0) throw releaseIncomplete(name, missing);
  return parts;
}

/** What the archive says of the release: what the archive said that it came with, or what is known here. */
async function indexOf(deps: ExportDeps, release: Release, parts: readonly StoredPart[]): Promise<Uint8Array> {
  const imported = await deps.imports.get(release.name);
  if (imported) return new TextEncoder().encode(imported.index);
  const { manifest, project } = release;
  const complete = await completeManifest(deps, project, manifest);
  const names = versionsOf(manifest);
  const found = (await Promise.all(names.map((it) => deps.findVersion(it)))).flatMap((it) =>
    it ? [contentOf(it)] : [],
  );
  const lineage = [...found.flatMap(registered), released(release, complete.parts, manifestBytes(manifest).length)];
  return indexBytes(release, parts, { versions: found, featureService: await serviceOf(deps, release), lineage });
}

/** What of a version never changes. */
function contentOf(version: ModelVersion) {
  const { description: _, tags: __, stage: ___, approvals: ____, aliases: _____, ...rest } = version;
  const { revision: ______, updateTimeMs: _______, ...content } = rest;
  return content;
}

async function serviceOf(
  { featureServices }: ExportDeps,
  { manifest: { features } }: Release,
): Promise<PinnedFeatureService | undefined> {
  return features && featureServices.find(features.featureService, features.featureServiceVersion);
}

/** Parts of a release are gone. */
const releaseIncomplete = (name: string, violations: readonly FieldViolation[]): DomainError =>
  new DomainError(
    "precondition",
    "RELEASE_INCOMPLETE",
    `${violations.length} part(s) of ${name} are not stored any more: ${violations.map((it) => it.path).join(", ")}. Restore them, then export it again.`,
    { metadata: { release: name }, violations },
  );
