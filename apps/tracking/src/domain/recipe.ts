import { type Digest, digestOfJson } from "@throughline/kernel";
import type { DatasetInput } from "./dataset-input.ts";

/** What is needed to run a run again, beside its params and data sets. Texts are empty where nothing was recorded. */
export interface Recipe {
  readonly code: { readonly repository: string; readonly commit: string; readonly diffDigest: Digest | "" };
  readonly environment: { readonly lockDigest: Digest | ""; readonly runtime: string; readonly platform: string };
  /** The command and its arguments, without a shell. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly seed?: bigint;
}

/** What of a run goes into the digest of its recipe. */
export interface RecipeInputs {
  readonly params: Readonly<Record<string, string>>;
  readonly datasets: readonly DatasetInput[];
}

/**
 * SHA-256 over the canonical JSON (RFC 8785) of `{command, code, datasets, environment, params, seed, workingDirectory}`:
 * the seed as decimal digits or null, data sets as `[digest, externalDigest, displayName, context]` in that order. Two
 * runs of one digest ran the same code on the same data with the same params.
 */
export function recipeDigest(recipe: Recipe, { params, datasets }: RecipeInputs): Digest {
  const { code, environment, command, workingDirectory, seed } = recipe;
  const used = datasets.map((it) => [it.digest, it.externalDigest, it.displayName, it.context]);
  const inOrder = used.toSorted((a, b) => compareText(JSON.stringify(a), JSON.stringify(b)));
  return digestOfJson({
    code,
    environment,
    command,
    workingDirectory,
    seed: seed === undefined ? null : String(seed),
    params,
    datasets: inOrder,
  });
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** What a recipe refers to that is stored: by its field, and what the run used it for. */
export const recipeArtifacts = ({ code, environment }: Recipe) =>
  [
    { digest: code.diffDigest, field: "code.diff_digest", role: "code diff" },
    { digest: environment.lockDigest, field: "environment.lock_digest", role: "environment lock" },
  ].flatMap(({ digest, ...rest }) => (digest === "" ? [] : [{ digest, ...rest }]));

/** Bytes that a recipe takes in a message, at least roughly. */
export const sizeOfRecipe = ({ code, environment, command, workingDirectory }: Recipe): number =>
  [...Object.values(code), ...Object.values(environment), ...command, workingDirectory].reduce(
    (sum, text) => sum + Buffer.byteLength(text) + 4,
    FRAME_BYTES,
  );

const FRAME_BYTES = 128;
