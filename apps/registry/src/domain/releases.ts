import type { BlobStore } from "@throughline/blobs";
import { type Clock, DomainError, type FieldViolation, notFound } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import type { ListPage, PageRequest } from "./change.ts";
import { releaseRefused } from "./errors.ts";
import type { RegistryEvents } from "./events.ts";
import { released } from "./lineage.ts";
import type { HeadStore, VersionStore } from "./model-store.ts";
import type { LineageWrites } from "./ports.ts";
import { manifestBytes, manifestDigest, type Release, type ReleaseManifest, releaseId, versionsOf } from "./release.ts";
import { INDEX_BYTES_MAX } from "./release-archive.ts";
import type { PartSources } from "./release-models.ts";
import { completeManifest } from "./release-parts.ts";
import type { ReleaseStore } from "./release-store.ts";
import { keptVersions } from "./released-versions.ts";

export interface ReleaseDeps extends PartSources {
  readonly versions: VersionStore;
  readonly heads: HeadStore;
  readonly releases: ReleaseStore;
  readonly blobs: Pick<BlobStore, "stat" | "put" | "get">;
  readonly lineage: LineageWrites;
  readonly events: RegistryEvents;
  readonly clock: Clock;
  readonly run: RunCall;
}

/**
 * Makes a release of its parts. The same parts give the release that is already there, with the description that it has.
 * Fails with RELEASE_REFUSED and every reason at once.
 */
export const createRelease = (
  deps: ReleaseDeps,
  call: Call,
  { manifest: wanted, description }: { readonly manifest: ReleaseManifest; readonly description: string },
): Promise<Release> =>
  deps.run(call, async () => {
    const { manifest, parts } = await completeManifest(deps, call.project, wanted);
    const digest = manifestDigest(manifest);
    const name = `${call.project}/releases/${releaseId(digest)}`;
    const known = await deps.releases.get(name);
    if (known) {
      if (known.digest !== digest) throw idTaken(known, digest);
      return { writes: [], response: known };
    }
    // The object first and the record second: a record always has its object.
    const bytes = manifestBytes(manifest);
    if (bytes.length > INDEX_BYTES_MAX) throw releaseRefused([tooLong(bytes.length)]);
    await deps.blobs.put(bytes, { expectedDigest: digest });
    const createTimeMs = deps.clock.now();
    const release: Release = {
      name,
      project: call.project,
      digest,
      manifest,
      description,
      actor: call.actor,
      createTimeMs,
    };
    const versions = versionsOf(manifest);
    const change = { actor: call.actor, reason: "", timeMs: createTimeMs };
    const kept = await keptVersions(deps, versions, change);
    if (kept.missing.length > 0) throw releaseRefused(kept.missing.map(goneMeanwhile));
    const created = { event: "release.created", data: { name, digest, model_versions: versions } } as const;
    const writes = [
      ...deps.releases.insert(release),
      ...deps.lineage(released(release, parts, bytes.length)),
      ...kept.writes,
      ...(await deps.events(call.project, [created])),
    ];
    return { writes, response: release };
  });

/** What is longer could never be imported anywhere. */
const tooLong = (sizeBytes: number): FieldViolation => ({
  path: "manifest",
  description: `its canonical form has ${sizeBytes} bytes; at most ${INDEX_BYTES_MAX} are accepted. Give matrices as a model`,
});

const goneMeanwhile = (version: string): FieldViolation => ({
  path: "manifest.models",
  description: `${version} was deleted meanwhile`,
});

/** Two manifests whose digests start alike. With 64 bits of name this does not happen by chance. */
export const idTaken = (known: Release, digest: string): DomainError =>
  new DomainError(
    "exists",
    "RELEASE_ID_TAKEN",
    `${known.name} is already the name of another manifest (${known.digest}). Change a part of the release, such as a threshold.`,
    { metadata: { resource: known.name, digest } },
  );

/** Fails with NOT_FOUND. */
export async function getRelease({ releases }: Pick<ReleaseDeps, "releases">, name: string): Promise<Release> {
  const release = await releases.get(name);
  if (!release) throw notFound(name);
  return release;
}

/** Releases, newest first: all, or those that had been made by an instant. */
export const listReleases = (
  { releases }: Pick<ReleaseDeps, "releases">,
  { project, asOfMs }: { readonly project: string; readonly asOfMs?: number },
  page: PageRequest,
): Promise<ListPage<Release>> => releases.list(project, page, asOfMs);
