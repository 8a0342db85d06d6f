import { canonicalRowBytes, DomainError, type FeatureValue } from "@throughline/kernel";
import { elementOf } from "@throughline/kernel/datatypes";
import type { Feature } from "./features.ts";
import { singlesRow } from "./singles-row.ts";
import { elementAt, elementCount, splitRows, type Tensor } from "./tensor.ts";

/** One row of a request's tensors as features that are all present, and the canonical bytes of their values. */
export interface RequestRow {
  readonly vector: readonly Feature[];
  readonly vectorBytes: Buffer;
}

/** How many rows a model was given: as many as the inputs and the output that has the score all have; else everything is one row. */
export function rowCountOf(tensors: readonly Tensor[], output: Pick<Tensor, "shape">): number {
  const count = output.shape[0] ?? 1;
  const [{ shape: [first = 1] = [] } = {}] = tensors;
  return first === count && tensors.every((it) => it.shape[0] === count) ? count : 1;
}

/** Most rows of one request: each is logged and named for itself. */
const ROWS_MAX = 4_096;

/** Fails with TOO_MANY_ROWS. */
export function checkRowCount(count: number): void {
  if (count <= ROWS_MAX) return;
  throw new DomainError(
    "invalid",
    "TOO_MANY_ROWS",
    `The request has ${count} rows, and at most ${ROWS_MAX} are answered at once, each as a prediction of its own. Send them in ` +
      "several requests, or as a file to BatchPredict.",
    { metadata: { rows: String(count), most: String(ROWS_MAX) } },
  );
}

/** One row of a request by its tensors. */
export function requestRow(tensors: readonly Tensor[]): RequestRow {
  const [tensor] = tensors;
  return tensors.length === 1 && tensor?.datatype === "FP32" ? singlesRow(tensor.bytes) : rowOfTensors(tensors);
}

/** The tensors of each row. */
export function tensorsByRow(tensors: readonly Tensor[], count: number): readonly (readonly Tensor[])[] {
  if (count === 1) return [tensors];
  const ones = Array.from({ length: count }, () => 1);
  const split = tensors.map((it) => splitRows(it, ones));
  return ones.map((_, i) => split.map((rows) => rows[i] as Tensor));
}

/** The elements of one row's tensors, in their order. */
function rowOfTensors(tensors: readonly Tensor[]): RequestRow {
  const values = tensors.flatMap(elementsOf);
  return {
    vector: values.map((value) => ({ value, status: "present" })),
    vectorBytes: canonicalRowBytes(values),
  };
}

/** The scores of so many rows in an output; NaN where a row has no finite one. */
export function scoresOfRows(output: Tensor, column: number, count: number): readonly number[] {
  const width = elementCount(output.shape) / count;
  const isThere = output.datatype !== "BYTES" && column < width;
  return Array.from({ length: count }, (_, i) => {
    const score = isThere ? elementAt(output, i * width + column) : Number.NaN;
    return Number.isFinite(score) ? score : Number.NaN;
  });
}

/** True if a number of the tensors is none: NaN, or infinite. */
export const hasNoNumber = (tensors: readonly Tensor[]): boolean => isRowOfNoNumber(tensors, { row: 0, count: 1 });

/** Types of which some bits are no number. */
const FRACTIONS: ReadonlySet<Tensor["datatype"]> = new Set(["FP16", "FP32", "FP64"]);

/** Whether a row of so many has such a number. Looks no further than the first. */
function isRowOfNoNumber(tensors: readonly Tensor[], { row, count }: { row: number; count: number }): boolean {
  return tensors.some(({ datatype, shape, bytes }) => {
    if (!FRACTIONS.has(datatype)) return false;
    const width = elementCount(shape) / count;
    for (let i = row * width; i < (row + 1) * width; i++)
      if (!Number.isFinite(elementAt({ datatype, bytes }, i))) return true;
    return false;
  });
}

/** Of rows without a score those whose inputs have a number that is none; undefined if there is no such row. */
export function rowsOfNoNumber(tensors: readonly Tensor[], scores: readonly number[]): readonly boolean[] | undefined {
  if (!scores.some(Number.isNaN)) return undefined;
  const count = scores.length;
  const found = scores.map((score, row) => Number.isNaN(score) && isRowOfNoNumber(tensors, { row, count }));
  return found.includes(true) ? found : undefined;
}

/** The elements of a tensor as values of features. */
export function elementsOf({ datatype, shape, bytes }: Tensor): readonly FeatureValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (datatype !== "BYTES") {
    // Whole numbers beyond 63 bits have no canonical bytes of their own.
    return Array.from({ length: elementCount(shape) }, (_, i) => {
      const element = elementOf(datatype, view, i);
      return datatype === "UINT64" && BigInt.asIntN(64, element as bigint) !== element ? Number(element) : element;
    });
  }
  const texts: string[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const end = at + 4 + view.getUint32(at, true);
    texts.push(Buffer.from(bytes.subarray(at + 4, end)).toString("utf8"));
    at = end;
  }
  return texts;
}
