import type { BlobStore } from "@throughline/blobs";
import { type Digest, DomainError, digestOfBytes, type FieldViolation, isDomainError } from "@throughline/kernel";
import type { LineageArtifact, LineageRecord } from "@throughline/lineage";
import { archiveInvalid } from "./archive.ts";
import { type ArchivedFile, type ArchiveReader, archiveReader } from "./archive-reader.ts";
import type { Call } from "./call.ts";
import { releaseRefused } from "./errors.ts";
import type { ImportStore } from "./import-store.ts";
import { type ReleasePart, released } from "./lineage.ts";
import type { ModelInspector } from "./model-inspector.ts";
import { projectOf } from "./names.ts";
import { pinnedFeatures } from "./pinned-features.ts";
import { manifestBytes, manifestDigest, type Release, type ReleaseManifest, releaseId, versionsOf } from "./release.ts";
import {
  blobFile,
  blobOrder,
  CHECKSUMS_FILE,
  checksumBytes,
  INDEX_BYTES_MAX,
  INDEX_FILE,
  type ReleaseIndex,
  readIndex,
  type StoredPart,
  storedParts,
} from "./release-archive.ts";
import type { PartVersion } from "./release-models.ts";
import { type CompleteManifest, completeManifest } from "./release-parts.ts";
import { keptVersions } from "./released-versions.ts";
import { idTaken, type ReleaseDeps } from "./releases.ts";

export interface ImportDeps extends ReleaseDeps {
  readonly imports: ImportStore;
  readonly inspector: ModelInspector;
  readonly blobs: Pick<BlobStore, "stat" | "put" | "get">;
  /** Most bytes of a model. */
  readonly modelBytesMax: number;
}

/** What a caller wants to bring in. */
export interface Importing {
  readonly source: AsyncIterable<Uint8Array>;
  /** That the release must have; empty: not checked. */
  readonly digest: string;
  /** A manifest from its bytes. Fails with INVALID_FIELD, or any other DomainError, if they are none. */
  readonly readManifest: (bytes: Uint8Array) => ReleaseManifest;
}

export interface Imported {
  readonly release: Release;
  /** It was here already. */
  readonly existed: boolean;
}

/** All parts of a release but its models are small against them. */
const OTHER_PARTS_BYTES_MAX = 256 * 1024 ** 2;

/**
 * Brings in a release from an archive of another installation. It keeps its digest and its name; the versions that it names
 * stay inside of it. What the archive says is checked before its parts are read, each part against its digest while it is
 * stored, and each model as at registration; only then is the release written, so that nothing names any of it before.
 * Fails with ARCHIVE_INVALID and RELEASE_REFUSED.
 */
export async function importRelease(
  deps: ImportDeps,
  call: Call,
  { source, digest, readManifest }: Importing,
): Promise<Imported> {
  const reader = archiveReader(source, deps.modelBytesMax + OTHER_PARTS_BYTES_MAX);
  const head = await readHead(reader, readManifest);
  await checkHead(deps, { project: call.project, digest }, head);
  for (const part of blobOrder(head.index.parts).slice(1)) await storePart(deps, reader, part);
  if (await reader.next()) throw archiveInvalid("it has more files than it lists");
  await deps.blobs.put(manifestBytes(head.manifest), { expectedDigest: head.index.digest });
  const complete = await completed(deps, head);
  return deps.run(call, () => planned(deps, call, { head, complete }));
}

/** The start of an archive: everything but the parts. */
interface Head {
  readonly index: ReleaseIndex;
  readonly indexText: string;
  readonly manifest: ReleaseManifest;
}

async function readHead(reader: ArchiveReader, readManifest: Importing["readManifest"]): Promise<Head> {
  const bytes = await wholeFile(reader, INDEX_FILE);
  const index = readIndex(bytes);
  const checksums = await wholeFile(reader, CHECKSUMS_FILE);
  const [first] = index.parts;
  if (first?.part !== "manifest" || first.digest !== index.digest)
    throw archiveInvalid("its first part is not the manifest");
  if (Buffer.compare(checksums, checksumBytes(bytes, index.parts)) !== 0)
    throw archiveInvalid(`${CHECKSUMS_FILE} does not list the files of ${INDEX_FILE}`);
  const written = await wholeFile(reader, blobFile(index.digest));
  if (digestOfBytes(written) !== index.digest)
    throw archiveInvalid("the manifest does not have the digest of the release");
  const manifest = manifestFrom(written, readManifest);
  const named = storedParts(index.digest, manifest).map((it) => it.join(" "));
  if (named.join("\n") !== index.parts.map((it) => `${it.part} ${it.digest}`).join("\n"))
    throw archiveInvalid("its parts are not those of its manifest");
  return { index, indexText: new TextDecoder().decode(bytes), manifest };
}

/** A manifest that is written as we would write it, so that it means the same to every reader. */
function manifestFrom(bytes: Uint8Array, readManifest: Importing["readManifest"]): ReleaseManifest {
  try {
    const manifest = readManifest(bytes);
    if (Buffer.compare(manifestBytes(manifest), bytes) === 0) return manifest;
  } catch (error) {
    if (!isDomainError(error)) throw error;
    throw archiveInvalid(`its manifest is none: ${error.message}`);
  }
  throw archiveInvalid("its manifest is not written canonically, or by a newer version of the platform");
}

async function wholeFile(reader: ArchiveReader, name: string): Promise<Uint8Array> {
  const { content, sizeBytes } = await expectedFile(reader, name);
  if (sizeBytes > INDEX_BYTES_MAX) throw archiveInvalid(`${name} has more than ${INDEX_BYTES_MAX} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of content) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The next file, which must have this name: no name of an archive is ever used for anything but this comparison. */
async function expectedFile(reader: ArchiveReader, name: string): Promise<ArchivedFile> {
  const file = await reader.next();
  if (!file) throw archiveInvalid(`${name} is missing`);
  if (file.name !== name) throw archiveInvalid(`${JSON.stringify(file.name.slice(0, 100))} is where ${name} should be`);
  return file;
}

interface Wanted {
  readonly project: string;
  readonly digest: string;
}

/** Refuses a release that could not be brought in whatever its parts are. Fails with RELEASE_REFUSED. */
async function checkHead(deps: ImportDeps, { project, digest }: Wanted, { index, manifest }: Head): Promise<void> {
  const violations: FieldViolation[] = [];
  const add = (path: string, description: string): void => void violations.push({ path, description });
  if (digest !== "" && digest !== index.digest) add("declaration.digest", `the archive has ${index.digest}`);
  if (index.name !== `${project}/releases/${releaseId(index.digest)}`)
    add(
      "declaration.parent",
      `the archive has ${index.name}; a release keeps its name, so import it into ${projectOf(index.name)}`,
    );
  for (const [node, { modelVersion, digest: bytes }] of Object.entries(manifest.models)) {
    const here = await deps.findVersion(modelVersion);
    if (here && here.digest !== bytes)
      add(`manifest.models["${node}"].model_version`, `${modelVersion} is another model here (${here.digest})`);
  }
  await pinnedFeatures(deps.featureServices, { project, wanted: manifest.features }, violations);
  const models = new Set(Object.values(manifest.models).map((it) => it.digest));
  for (const part of index.parts)
    if (models.has(part.digest) && part.sizeBytes > deps.modelBytesMax)
      add(part.part, `it has ${part.sizeBytes} bytes; at most ${deps.modelBytesMax} can be registered`);
  if (violations.length > 0) throw releaseRefused(violations);
}

/** Stores a part under the digest that the index gives it, whatever the file says of itself. */
async function storePart(
  { blobs }: ImportDeps,
  reader: ArchiveReader,
  { part, digest, sizeBytes }: StoredPart,
): Promise<void> {
  const file = await expectedFile(reader, blobFile(digest));
  if (file.sizeBytes !== sizeBytes) throw archiveInvalid(`${part} has ${file.sizeBytes} bytes, not ${sizeBytes}`);
  try {
    await blobs.put(file.content, { expectedDigest: digest, expectedSize: sizeBytes });
  } catch (error) {
    if (!isDomainError(error, "DIGEST_MISMATCH")) throw error;
    throw archiveInvalid(`${part} does not have the digest ${digest}`);
  }
}

/** Checks the models as at registration, and the release as when it was made. Fails with RELEASE_REFUSED. */
async function completed(deps: ImportDeps, { index, manifest }: Head): Promise<CompleteManifest> {
  const sizes = new Map(index.parts.map((it) => [it.digest as string, it.sizeBytes]));
  const versions = new Map<string, PartVersion>();
  for (const [node, { modelVersion: name, digest, transformFitDigest: fit }] of Object.entries(manifest.models)) {
    const sizeBytes = sizes.get(digest) ?? 0;
    const facts = await inspected(deps, { node, digest: digest as Digest, sizeBytes });
    versions.set(name, {
      name,
      digest: digest as Digest,
      sizeBytes,
      format: "ONNX",
      opaqueReason: "",
      ...facts,
      ...(fit !== undefined && { transformFitDigest: fit as Digest }),
    });
  }
  const sources = { ...deps, findVersion: async (name: string) => versions.get(name) };
  const complete = await completeManifest(sources, projectOf(index.name), manifest);
  if (manifestDigest(complete.manifest) !== index.digest)
    throw releaseRefused([{ path: "manifest", description: "it leaves out what the platform fills in" }]);
  return complete;
}

async function inspected(
  { inspector }: ImportDeps,
  { node, digest, sizeBytes }: { readonly node: string; readonly digest: Digest; readonly sizeBytes: number },
) {
  try {
    return await inspector.inspect({ digest, sizeBytes });
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind === "exhausted") throw error;
    throw releaseRefused([{ path: `manifest.models["${node}"].digest`, description: error.message }]);
  }
}

interface Checked {
  readonly head: Head;
  readonly complete: CompleteManifest;
}

async function planned(deps: ImportDeps, call: Call, { head, complete: { manifest, parts } }: Checked) {
  const { name, digest, description } = head.index;
  const known = await deps.releases.get(name);
  if (known && known.digest !== digest) throw idTaken(known, digest);
  if (known) return { writes: [], response: { release: known, existed: true } };
  const timeMs = deps.clock.now();
  const { actor, project } = call;
  const release: Release = { name, project, digest, manifest, description, actor, createTimeMs: timeMs };
  const versions = versionsOf(manifest);
  // Those that are not registered here stay inside of the release.
  const kept = await keptVersions(deps, versions, { actor, reason: "", timeMs });
  const created = { event: "release.created", data: { name, digest, model_versions: versions } } as const;
  const writes = [
    ...deps.releases.insert(release),
    ...deps.imports.insert({ release: name, index: head.indexText }),
    ...deps.lineage(importedRecord(release, parts)),
    ...kept.writes,
    ...(await deps.events(project, [created])),
  ];
  return { writes, response: { release, existed: false } };
}

/** The record of a release whose models nobody registered here, so that it describes them as well. */
function importedRecord(release: Release, parts: readonly ReleasePart[]): LineageRecord {
  const record = released(release, parts, manifestBytes(release.manifest).length);
  const models = parts
    .filter((it) => it.kind === "MODEL")
    .map(({ role: _, ...part }): LineageArtifact => ({ ...part, mediaType: "application/onnx" }));
  return { ...record, artifacts: [...models, ...record.artifacts] };
}
