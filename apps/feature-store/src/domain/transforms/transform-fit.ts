import type { BlobStore } from "@throughline/blobs";
import { canonicalJson, type Digest, digestOfBytes, type Json, type Page } from "@throughline/kernel";
import type { Write } from "@throughline/store";
import type { Column } from "@throughline/tables";
import type { OnnxNeeds, TransformConstants } from "@throughline/transforms";
import type { PageRequest } from "../catalog.ts";

/** Transforms with what they learned from a training set. It never changes. */
export interface TransformFit {
  readonly project: string;
  readonly id: string;
  /** Of its artifact: see `fitBytes`. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** Canonical JSON. */
  readonly definition: string;
  readonly definitionDigest: Digest;
  readonly constantsDigest: Digest;
  /** Id of the training set. */
  readonly trainingSet: string;
  readonly trainingSetFileDigest: Digest;
  readonly rowCount: number;
  readonly passCount: number;
  readonly inputs: readonly Column[];
  readonly outputs: readonly FitOutput[];
  readonly needs: OnnxNeeds;
  readonly actor: string;
  readonly createTimeMs: number;
}

/** One tensor that transforms give to a model. */
export interface FitOutput {
  readonly name: string;
  readonly type: "float32" | "float64" | "int64";
  readonly width: number;
  /** The first `ELEMENT_NAMES_MAX`. */
  readonly elementNames: readonly string[];
}

/** Names of elements that are kept of each output: texts have as many n-grams as a model takes. */
export const ELEMENT_NAMES_MAX = 1_000;

/** What an artifact of a fit says. */
export interface FitContent {
  readonly definition: Json;
  readonly constants: TransformConstants;
  /** `projects/{project}/trainingSets/{id}`. */
  readonly trainingSet: string;
  readonly trainingSetFile: Digest;
}

/** The bytes that a fit's digest is of. The registry reads the definition and the constants from them. */
export const fitBytes = ({ definition, constants, trainingSet, trainingSetFile }: FitContent): Uint8Array =>
  new TextEncoder().encode(canonicalJson({ definition, constants: { ...constants }, trainingSet, trainingSetFile }));

/** Reads the artifact of a fit, whose bytes `fitBytes` wrote. */
export async function fitContent(blobs: Pick<BlobStore, "get">, { digest }: TransformFit): Promise<FitContent> {
  const pieces: Uint8Array[] = [];
  for await (const it of blobs.get(digest)) pieces.push(it);
  return JSON.parse(new TextDecoder().decode(Buffer.concat(pieces))) as FitContent;
}

/** How many elements a row has once it is transformed. */
export const widthOf = ({ outputs }: Pick<TransformFit, "outputs">): number =>
  outputs.reduce((sum, it) => sum + it.width, 0);

/** The first 16 hex digits of the digest. */
export const fitId = (bytes: Uint8Array): string => digestOfBytes(bytes).slice("sha256:".length, "sha256:".length + 16);

/**
 * The fits that were made. Laws, checked by `store/transform-fit-store.test.ts`:
 * - Of several writers of one id exactly one succeeds; the others fail with ALREADY_EXISTS.
 * - `list` has the newest first.
 */
export interface TransformFits {
  get(project: string, id: string): Promise<TransformFit | undefined>;
  /** Fails with BAD_PAGE_TOKEN. */
  list(project: string, page: PageRequest): Promise<Page<TransformFit>>;
  /** True if the artifact of a fit of some project has the digest. */
  isReferred(digest: Digest): Promise<boolean>;
  adding(fit: TransformFit): readonly Write[];
}
