import type { ClassCounts } from "./class-counts.ts";

/** How well rows hide among rows that look alike (Sweeney 2002, doi:10.1142/S0218488502001648). */
export interface KAnonymity {
  readonly rows: number;
  readonly classes: number;
  /** The size of the smallest class; infinite for no rows. */
  readonly k: number;
  /** Classes of one row. */
  readonly uniqueRows: number;
  /** Classes smaller than the k that is asked for, and their rows. */
  readonly classesBelow: number;
  readonly rowsBelow: number;
  /** The mean chance of naming the person behind a row by its quasi-identifiers: classes over rows. NaN for no rows. */
  readonly reidentificationRisk: number;
}

/** The k-anonymity of a table. `asked` is the k that classes are held against. */
export function kAnonymity({ rows, classes }: ClassCounts, asked: number): KAnonymity {
  let [k, uniqueRows, classesBelow, rowsBelow] = [Number.POSITIVE_INFINITY, 0, 0, 0];
  for (const { rows: size } of classes.values()) {
    k = Math.min(k, size);
    if (size === 1) uniqueRows += 1;
    if (size >= asked) continue;
    classesBelow += 1;
    rowsBelow += size;
  }
  return {
    rows,
    classes: classes.size,
    k,
    uniqueRows,
    classesBelow,
    rowsBelow,
    reidentificationRisk: classes.size / rows,
  };
}
