import { readElements, writeTexts } from "@throughline/kernel/datatypes";
import { elementCount, type Tensor } from "../domain/tensor.ts";

/**
 * The `count` largest elements of each row as Triton's classification extension has them: texts `value:index`, the largest
 * first, the earlier of equal ones first, NaN last. Undefined for tensors of texts.
 */
export function classified(tensor: Tensor, count: number): Tensor | undefined {
  const { name, datatype, shape, bytes } = tensor;
  if (datatype === "BYTES") return undefined;
  // A tensor of one dimension is one row.
  const rows = shape.length > 1 ? (shape[0] ?? 1) : 1;
  const width = rows === 0 ? 0 : elementCount(shape) / rows;
  const kept = Math.min(count, width);
  const values = readElements(datatype, bytes);
  const texts = Array.from({ length: rows }, (_, row) => {
    const ranked = values
      .slice(row * width, (row + 1) * width)
      .map((value, index) => ({ value: Number(value), index }));
    ranked.sort((a, b) => rankOf(b.value) - rankOf(a.value) || a.index - b.index);
    return ranked.slice(0, kept).map(({ value, index }) => `${textOf(value, datatype)}:${index}`);
  });
  const raw = writeTexts(texts.flat().map((it) => Buffer.from(it, "utf8")));
  return { name, datatype: "BYTES", shape: shape.length > 1 ? [rows, kept] : [kept], bytes: raw };
}

const rankOf = (value: number): number => (Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value);

/** Floats have six digits behind the point. */
const textOf = (value: number, datatype: string): string =>
  datatype.includes("FP") && Number.isFinite(value) ? value.toFixed(6) : String(value);
