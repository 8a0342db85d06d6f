import type { Digest } from "@throughline/kernel";
import { textBytes } from "./text.ts";

/** A text that is the bytes of an artifact of the project, because it is too long for the record. */
export interface StoredText {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

/** A data set that a run read, and what for. */
export interface DatasetInput {
  /** Empty if only another program's digest is known. */
  readonly digest: Digest | "";
  readonly displayName: string;
  readonly rowCount?: number;
  /** Digest that another program gave; kept as it is. */
  readonly externalDigest: string;
  readonly sourceType: string;
  /** Where the rows came from, as a text for people. Nothing ever opens it. */
  readonly source: string;
  /** JSON texts of whoever logged it, kept as they are. */
  readonly schema: string | StoredText;
  readonly profile: string | StoredText;
  readonly context: string;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * The data sets with others added; `known` itself if that changes nothing. A use of a data set is the same if digests, name and
 * context are, and one whose context is not said is the same as any: what was said last about it is kept, and what was left out stays.
 */
export function withDatasets(known: readonly DatasetInput[], added: readonly DatasetInput[]): readonly DatasetInput[] {
  const all = new Map(known.map((it) => [identityOf(it), it]));
  const uses = new Map<string, DatasetInput>();
  for (const it of known) if (!uses.has(identityOf(it, ""))) uses.set(identityOf(it, ""), it);
  let changed = false;
  for (const dataset of added) {
    const some = identityOf(dataset, "");
    const before = all.get(identityOf(dataset)) ?? (dataset.context === "" ? uses.get(some) : all.get(some));
    const after = before === undefined ? dataset : merged(before, dataset);
    if (before !== undefined && isSame(before, after)) continue;
    if (before !== undefined && before.context !== after.context) all.delete(identityOf(before));
    all.set(identityOf(after), after);
    if (uses.get(some) === before) uses.set(some, after);
    changed = true;
  }
  return changed ? [...all.values()] : known;
}

const identityOf = (it: DatasetInput, context = it.context): string =>
  JSON.stringify([it.digest, it.externalDigest, it.displayName, context]);

const merged = (before: DatasetInput, after: DatasetInput): DatasetInput => ({
  ...before,
  ...after,
  context: after.context || before.context,
  sourceType: after.sourceType || before.sourceType,
  source: after.source || before.source,
  schema: after.schema || before.schema,
  profile: after.profile || before.profile,
  tags: { ...before.tags, ...after.tags },
});

const isSame = (a: DatasetInput, b: DatasetInput): boolean =>
  a.context === b.context &&
  a.rowCount === b.rowCount &&
  a.sourceType === b.sourceType &&
  a.source === b.source &&
  isSameText(a.schema, b.schema) &&
  isSameText(a.profile, b.profile) &&
  Object.keys(a.tags).length === Object.keys(b.tags).length &&
  Object.entries(b.tags).every(([key, value]) => Object.hasOwn(a.tags, key) && a.tags[key] === value);

const isSameText = (a: string | StoredText, b: string | StoredText): boolean =>
  typeof a === "string" || typeof b === "string" ? a === b : a.digest === b.digest;

/** The texts of a data set that stand beside the record. */
export const storedTexts = ({ schema, profile }: DatasetInput): readonly StoredText[] =>
  [schema, profile].filter((it) => typeof it !== "string");

/** The digests of the texts that stand beside a record. */
export const textDigests = (datasets: readonly DatasetInput[]): readonly Digest[] =>
  datasets.flatMap(storedTexts).map((it) => it.digest);

/** Bytes that a data set takes in a message, at least roughly. */
export const sizeOfDataset = (it: DatasetInput): number =>
  [
    ...[it.digest, it.displayName, it.externalDigest, it.sourceType, it.source, it.context],
    ...[it.schema, it.profile].map((text) => (typeof text === "string" ? text : text.digest)),
  ].reduce((sum, text) => sum + Buffer.byteLength(text) + 4, FRAME_BYTES + textBytes(it.tags));

const FRAME_BYTES = 48;
