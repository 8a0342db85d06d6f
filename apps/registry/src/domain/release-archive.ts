import { canonicalJson, type Digest, digestOfBytes, isDigest, type Json } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";
import { archiveInvalid } from "./archive.ts";
import type { VersionContent } from "./model.ts";
import type { PinnedFeatureService } from "./ports.ts";
import type { Release, ReleaseManifest } from "./release.ts";

/** The first file of an archive: what the release is, of which parts, and where they are from. */
export const INDEX_FILE = "release.json";

/** The second: the digests of all other files, as `sha256sum --check` reads them. */
export const CHECKSUMS_FILE = "checksums.sha256";

/** The others: the manifest, and then the parts in the order of their digests. */
export const blobFile = (digest: string): string => `blobs/sha256/${digest.slice("sha256:".length)}`;

/** Most bytes of the index, and of the manifest. */
export const INDEX_BYTES_MAX = 2 * 1024 ** 2;

const FORMAT = "throughline.release.v1";

/** A part of a release that has bytes. */
export interface StoredPart {
  /** Such as `models.main`. */
  readonly part: string;
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** What of an index is needed to import it. The rest of it is kept as it is, for people and for the next export. */
export interface ReleaseIndex {
  readonly name: string;
  readonly digest: Digest;
  readonly description: string;
  readonly parts: readonly StoredPart[];
}

/** Where a release is from, told for those who cannot ask. */
export interface Provenance {
  readonly versions: readonly VersionContent[];
  readonly featureService?: PinnedFeatureService | undefined;
  readonly lineage: readonly LineageRecord[];
}

/** The parts of a manifest that have bytes, the manifest first, by the names that VerifyRelease gives them. */
export const storedParts = (
  digest: string,
  manifest: ReleaseManifest,
): readonly (readonly [part: string, digest: string])[] =>
  [
    ["manifest", digest] as const,
    ...Object.keys(manifest.models)
      .sort()
      .flatMap((node) => [
        [`models.${node}`, manifest.models[node]?.digest ?? ""] as const,
        [`transforms.${node}`, manifest.models[node]?.transformFitDigest ?? ""] as const,
      ]),
    ["schema", manifest.schemaDigest] as const,
    ["baseline_statistics", manifest.baselineStatisticsDigest] as const,
    ["certificate", manifest.certificateDigest] as const,
    ["calibration", manifest.calibrationDigest] as const,
  ].filter(([, it]) => it !== "");

/** The digests of an archive's files in their order: the manifest, and then each other once. */
export function blobOrder(parts: readonly StoredPart[]): readonly StoredPart[] {
  const [manifest, ...others] = parts;
  if (!manifest) return [];
  const byDigest = new Map(others.map((it) => [it.digest, it]));
  byDigest.delete(manifest.digest);
  return [manifest, ...[...byDigest.values()].sort((a, b) => (a.digest < b.digest ? -1 : 1))];
}

/** The bytes of the index: canonical, so that the same release has the same. */
export function indexBytes(
  release: Release,
  parts: readonly StoredPart[],
  { versions, featureService, lineage }: Provenance,
): Uint8Array {
  const { name, digest, description, actor, createTimeMs } = release;
  return canonicalBytes({
    format: FORMAT,
    release: { name, digest, description, actor, createTime: new Date(createTimeMs).toISOString() },
    parts,
    versions,
    featureService: featureService ?? null,
    lineage,
  });
}

/** Canonical JSON of plain data; what is undefined is left out, and numbers that JSON cannot write are null. */
const canonicalBytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(canonicalJson(JSON.parse(JSON.stringify(value)) as Json));

/** The bytes of the list of checksums. */
export const checksumBytes = (index: Uint8Array, parts: readonly StoredPart[]): Uint8Array => {
  const line = (digest: string, file: string): string => `${digest.slice("sha256:".length)}  ${file}\n`;
  const lines = [
    line(digestOfBytes(index), INDEX_FILE),
    ...blobOrder(parts).map((it) => line(it.digest, blobFile(it.digest))),
  ];
  return new TextEncoder().encode(lines.join(""));
};

/** Reads an index that somebody else wrote. Fails with ARCHIVE_INVALID. */
export function readIndex(bytes: Uint8Array): ReleaseIndex {
  const root = objectOf(parsed(bytes), "the index");
  if (root["format"] !== FORMAT) throw archiveInvalid(`${INDEX_FILE} is not of the format ${FORMAT}`);
  const release = objectOf(root["release"], "release");
  const parts = root["parts"];
  if (!Array.isArray(parts) || parts.length > PARTS_MAX)
    throw archiveInvalid(`parts of ${INDEX_FILE} is no list of them`);
  return {
    name: textOf(release["name"], "release.name"),
    digest: digestAt(release["digest"], "release.digest"),
    description: textOf(release["description"], "release.description"),
    parts: parts.map((it) => partOf(objectOf(it, "parts"))),
  };
}

/** A manifest has at most a hundred nodes, each with a model and its transforms, and four parts besides. */
const PARTS_MAX = 300;

function parsed(bytes: Uint8Array): unknown {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as Json;
    if (Buffer.compare(canonicalBytes(value), bytes) === 0) return value;
  } catch {
    // It is told below.
  }
  throw archiveInvalid(`${INDEX_FILE} is no canonical JSON`);
}

function partOf(part: Readonly<Record<string, unknown>>): StoredPart {
  const sizeBytes = part["sizeBytes"];
  if (!Number.isSafeInteger(sizeBytes) || (sizeBytes as number) < 0) throw archiveInvalid("parts.sizeBytes is no size");
  return {
    part: textOf(part["part"], "parts.part"),
    digest: digestAt(part["digest"], "parts.digest"),
    sizeBytes: sizeBytes as number,
  };
}

function objectOf(value: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw archiveInvalid(`${field} is no object`);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(value: unknown, field: string): string {
  if (typeof value !== "string" || Buffer.byteLength(value) > 65_536) throw archiveInvalid(`${field} is no text`);
  return value;
}

function digestAt(value: unknown, field: string): Digest {
  if (typeof value !== "string" || !isDigest(value)) throw archiveInvalid(`${field} is no digest`);
  return value;
}
