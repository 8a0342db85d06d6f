import type { BlobStore } from "@throughline/blobs";
import { canonicalJson, type Digest, digestOfBytes, isDomainError } from "@throughline/kernel";
import { artifactUnknown, modelTooLarge, signatureMismatch } from "./errors.ts";
import { FILE_HEAD_BYTES, foreignKind } from "./file-kind.ts";
import { MLMODEL_BYTES_MAX, MLMODEL_FILE, type MlmodelFile, readMlmodel } from "./mlmodel.ts";
import type { ModelFile, ModelFormat, ModelSource, Signature, VersionContent } from "./model.ts";
import { sourceTooLarge, sourceUnknown, unsupportedFormat } from "./model-errors.ts";
import type { ModelFacts, ModelInspector, StoredBytes } from "./model-inspector.ts";
import { signatureDifferences } from "./model-versions.ts";
import type { SourceFiles } from "./ports.ts";

/** Most files of a version. */
const FILES_MAX = 2_000;

export interface ContentDeps {
  readonly blobs: Pick<BlobStore, "stat" | "get" | "put">;
  readonly files: SourceFiles;
  readonly inspector: ModelInspector;
  /** Most bytes of a model. */
  readonly modelBytesMax: number;
}

/** What the bytes of a version are. */
export type FoundContent = Pick<
  VersionContent,
  "digest" | "sizeBytes" | "format" | "opaqueReason" | "files" | "signature" | "onnx" | "mlflow"
>;

/** One uploaded artifact, checked if it is ONNX. Fails with ARTIFACT_UNKNOWN and as `inspected` does. */
export async function contentOfArtifact(
  deps: ContentDeps,
  {
    digest,
    format,
    signature,
  }: { readonly digest: Digest; readonly format: ModelFormat; readonly signature?: Signature },
): Promise<FoundContent> {
  const stored = await deps.blobs.stat(digest);
  if (!stored) throw artifactUnknown(digest, "version.digest");
  const sizeBytes = stored.size;
  if (sizeBytes > deps.modelBytesMax) throw modelTooLarge(sizeBytes, deps.modelBytesMax);
  const found = { digest, sizeBytes, format, opaqueReason: "", files: [] };
  if (format === "OPAQUE") return found;
  return { ...found, ...(await inspected(deps, { digest, sizeBytes, path: "version.digest" }, signature)) };
}

/** What a caller says of the files of a version. Without a format they are ONNX if a sound ONNX file is among them. */
export interface WantedFiles {
  readonly source?: ModelSource;
  readonly format?: ModelFormat;
  readonly signature?: Signature;
}

/**
 * The files of a source as they stand now, and what is known of them. Without a source a version has no files yet. Fails
 * with SOURCE_UNKNOWN, SOURCE_TOO_LARGE, UNSUPPORTED_FORMAT, and as `inspected` does.
 */
export async function contentOfFiles(deps: ContentDeps, wanted: WantedFiles): Promise<FoundContent> {
  const files = wanted.source ? await filesOf(deps, wanted.source) : [];
  const mlmodel = await mlmodelOf(deps, files);
  const mlflow = mlmodel && "facts" in mlmodel ? { mlflow: mlmodel.facts } : {};
  const problem = mlmodel && "problem" in mlmodel ? `its ${MLMODEL_FILE} file is of no use: ${mlmodel.problem}` : "";
  const opaque = async (opaqueReason: string): Promise<FoundContent> => ({
    ...(await manifestOf(deps, files)),
    ...mlflow,
    format: "OPAQUE",
    opaqueReason,
    files,
  });
  if (wanted.format === "OPAQUE") return opaque("");
  const onnx = onnxFile(files, mlmodel);
  if (!onnx) {
    if (wanted.format === "ONNX") throw noOnnx(wanted.source, files);
    return opaque(problem);
  }
  try {
    const found = await inspectedAmong(deps, { onnx, files }, wanted.signature);
    return { ...found, format: "ONNX", opaqueReason: "", files, ...mlflow };
  } catch (error) {
    // Whoever did not ask for ONNX keeps the files all the same, and learns why they cannot serve when they want them to.
    if (wanted.format === "ONNX" || !isDomainError(error) || error.kind !== "invalid") throw error;
    return opaque(`${onnx.path}: ${error.message}`.slice(0, 2_000));
  }
}

const noOnnx = (source: ModelSource | undefined, files: readonly ModelFile[]) =>
  unsupportedFormat(
    files.length === 0 ? "a source without files" : `${files.length} file(s) without one that is named as ONNX`,
    `version.source (${source?.parent ?? ""}/${source?.path ?? ""})`,
  );

/** The files of a source with paths relative to it, by path. */
async function filesOf({ files }: ContentDeps, source: ModelSource): Promise<readonly ModelFile[]> {
  const shown = source.path === "" ? source.parent : `${source.parent}/${source.path}`;
  const found = await files.list(source, FILES_MAX);
  if (!found) throw sourceUnknown(source.parent, "it does not exist");
  if (found.length > FILES_MAX) throw sourceTooLarge(shown, `${FILES_MAX} files`);
  const folder = source.path === "" ? "" : `${source.path.replace(/\/+$/, "")}/`;
  return found
    .map(({ path, digest, sizeBytes }) => ({
      path: path.startsWith(folder) ? path.slice(folder.length) : (path.split("/").at(-1) ?? path),
      digest,
      sizeBytes,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function mlmodelOf(
  { blobs }: ContentDeps,
  files: readonly ModelFile[],
): Promise<MlmodelFile | { readonly problem: string } | undefined> {
  const file = files.find((it) => it.path === MLMODEL_FILE);
  if (!file) return undefined;
  if (file.sizeBytes > MLMODEL_BYTES_MAX) return { problem: `it has more than ${MLMODEL_BYTES_MAX} bytes` };
  const bytes = await bytesOf(blobs.get(file.digest));
  return readMlmodel(bytes.toString("utf8"));
}

/** The file that `MLmodel` calls ONNX; without such a file the only one with that ending. */
function onnxFile(
  files: readonly ModelFile[],
  mlmodel: MlmodelFile | { readonly problem: string } | undefined,
): ModelFile | undefined {
  if (mlmodel) {
    const path = "onnxPath" in mlmodel ? mlmodel.onnxPath : undefined;
    return path === undefined ? undefined : files.find((it) => it.path === path);
  }
  const named = files.filter((it) => it.path.endsWith(".onnx"));
  return named.length === 1 ? named[0] : undefined;
}

/** Stores that have the empty list of files: most versions of MLflow are registered before their files are there. */
const withEmptyList = new WeakSet<ContentDeps["blobs"]>();

/** The list of files is an object of its own, whose digest stands for all of them. */
async function manifestOf({ blobs }: ContentDeps, files: readonly ModelFile[]) {
  const bytes = new TextEncoder().encode(canonicalJson({ files: files.map((it) => ({ ...it })) }));
  const digest = digestOfBytes(bytes);
  const isKnown = files.length === 0 && withEmptyList.has(blobs);
  if (!isKnown && !(await blobs.stat(digest))) await blobs.put(bytes, { expectedDigest: digest });
  if (files.length === 0) withEmptyList.add(blobs);
  return { digest, sizeBytes: files.reduce((sum, it) => sum + it.sizeBytes, 0) };
}

/**
 * Looks into an ONNX file of a folder. MLflow saves larger constants in a file beside it: if it needs such files of the
 * folder, the model that is registered has their data in it.
 */
async function inspectedAmong(
  deps: ContentDeps,
  { onnx, files }: { readonly onnx: ModelFile; readonly files: readonly ModelFile[] },
  declared: Signature | undefined,
) {
  const look = async ({ digest, sizeBytes }: StoredBytes) => {
    const path = `version.source (${onnx.path})`;
    return { digest, sizeBytes, ...(await inspected(deps, { digest, sizeBytes, path }, declared)) };
  };
  try {
    return await look(onnx);
  } catch (error) {
    if (!isScattered(error)) throw error;
    const folder = onnx.path.slice(0, onnx.path.lastIndexOf("/") + 1);
    const beside = files.filter((it) => it !== onnx && it.path.startsWith(folder));
    const gathered = await deps.inspector.gather(onnx, new Map(beside.map((it) => [it.path.slice(folder.length), it])));
    return look(gathered);
  }
}

/** Whether all that is wrong with a model is that some of its data is outside. */
const isScattered = (error: unknown): boolean =>
  isDomainError(error, "MODEL_INVALID") &&
  error.violations.length > 0 &&
  error.violations.every((it) => it.path.endsWith(".external_data"));

/**
 * Looks into an ONNX file. Fails with MODEL_TOO_LARGE, UNSUPPORTED_FORMAT, MODEL_INVALID, CHECKS_BUSY, and with
 * SIGNATURE_MISMATCH if it takes or gives something else than declared.
 */
async function inspected(
  deps: ContentDeps,
  { digest, sizeBytes, path }: { readonly digest: Digest; readonly sizeBytes: number; readonly path: string },
  declared: Signature | undefined,
): Promise<ModelFacts> {
  if (sizeBytes > deps.modelBytesMax) throw modelTooLarge(sizeBytes, deps.modelBytesMax);
  const range = { offset: 0, length: FILE_HEAD_BYTES };
  const kind = sizeBytes === 0 ? "empty" : foreignKind(await bytesOf(deps.blobs.get(digest, { range })));
  if (kind !== undefined) throw unsupportedFormat(kind, path);
  const facts = await deps.inspector.inspect({ digest, sizeBytes });
  const violations = declared ? signatureDifferences(declared, facts.signature) : [];
  if (violations.length > 0) throw signatureMismatch(violations.map((it) => ({ ...it, path: `version.${it.path}` })));
  return facts;
}

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
