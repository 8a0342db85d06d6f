import { DomainError } from "@throughline/kernel";
import { atWrite } from "../errors.ts";
import { type Encoded, encodeValue } from "../json-text.ts";
import type { Write } from "../port.ts";
import type { SeriesPoint } from "../series.ts";
import { changeText } from "./search-change.ts";

/** A checked write, ready to be stored. */
export type EncodedWrite = EncodedDocument | EncodedRevision | EncodedAppend | EncodedSearch;

/** A document whatever its revision. */
export interface EncodedDocument extends Encoded {
  readonly kind: "insert" | "put";
  readonly collection: string;
  readonly id: string;
}

/** A change that needs the document to be at a revision. */
export type EncodedRevision = { readonly collection: string; readonly id: string; readonly revision: number } & (
  | ({ readonly kind: "replace" } & Encoded)
  | { readonly kind: "remove" | "check" }
);

export interface EncodedAppend {
  readonly kind: "append";
  readonly series: string;
  readonly points: readonly SeriesPoint[];
}

/** A change of a search index: `changeText` of it. */
export interface EncodedSearch {
  readonly kind: "search";
  readonly index: string;
  readonly subject: string;
  readonly change: string;
}

/** Encodes a batch. Fails with INVALID_VALUE and VALUE_TOO_LARGE, naming the write. */
export const encodeWrites = (writes: readonly Write[]): readonly EncodedWrite[] =>
  writes.map((write, i) => numbered(i, () => encodeWrite(write)));

/** Tells which write of a batch failed. */
export function numbered<Result>(index: number, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw error instanceof DomainError ? atWrite(error, index) : error;
  }
}

function encodeWrite(write: Write): EncodedWrite {
  if (write.kind === "append") return { kind: "append", series: write.series, points: write.points };
  if ("index" in write)
    return { kind: "search", index: write.index, subject: write.subject, change: changeText(write) };
  const { collection, id } = write;
  switch (write.kind) {
    case "insert":
    case "put":
      return { kind: write.kind, collection, id, ...encodeValue(write.value) };
    case "replace":
      return { kind: write.kind, collection, id, revision: write.revision, ...encodeValue(write.value) };
    case "remove":
    case "check":
      return { kind: write.kind, collection, id, revision: write.revision };
  }
}
