/** Some of the rows of a view's files, which are worked on at once: what memory and progress are measured in. */
export interface Pass {
  readonly segments: readonly string[];
  /** How many files of the view come before these. */
  readonly segmentsBefore: number;
  /** Row numbers within the file, when it is one file of which this is a part; `to` is not part of it. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly rowCount: number;
  /** In how many parts a statement reads the rows side by side; see `sharesOf`. */
  readonly shares: number;
}

/** A pass reads about so many rows for each MiB of memory: some 100 bytes for each when all of them have to be sorted. */
const ROWS_PER_MIB = 2_000;

/** The files of a view with how many rows each has, and the memory that there is. */
export interface FilesToRead {
  readonly segments: readonly string[];
  readonly rowCounts: readonly number[];
  /** In how many parts each file is read that is read alone. */
  readonly shares: readonly number[];
  readonly memoryLimitMiB: number;
}

/** A thread of its own is worth it for so many rows. */
const SHARE_ROWS_MIN = 100_000;
/** Every share goes through the whole file, if not through its values. */
const SHARES_MAX = 4;

/**
 * In how many parts a file is read. DuckDB gives a row group to one thread, and many programs write a million rows into one: such a
 * file is read by row numbers, so that all threads have work.
 */
export const sharesOf = (file: { readonly rowCount: number; readonly rowGroups: number }, threads: number): number =>
  Math.max(
    1,
    Math.min(Math.ceil(threads / Math.max(file.rowGroups, 1)), SHARES_MAX, Math.floor(file.rowCount / SHARE_ROWS_MIN)),
  );

/** Divides files into passes: several small files make one, a large file makes several. */
export function passesOver({ segments, rowCounts, shares, memoryLimitMiB }: FilesToRead): readonly Pass[] {
  const passRows = ROWS_PER_MIB * memoryLimitMiB;
  const passes: Pass[] = [];
  let last: Pass | undefined;
  segments.forEach((segment, segmentsBefore) => {
    const rowCount = rowCounts[segmentsBefore] ?? 0;
    const parts = Math.max(1, Math.round(rowCount / passRows));
    if (last && parts === 1 && last.rowCount + rowCount <= passRows) {
      last = { ...last, segments: [...last.segments, segment], rowCount: last.rowCount + rowCount, shares: 1 };
      passes.splice(-1, 1, last);
      return;
    }
    for (let part = 0; part < parts; part++) {
      const [from, to] = [part, part + 1].map((it) => Math.floor((rowCount * it) / parts)) as [number, number];
      passes.push({
        segments: [segment],
        segmentsBefore,
        range: parts > 1 ? { from, to } : undefined,
        rowCount: to - from,
        shares: shares[segmentsBefore] ?? 1,
      });
    }
    last = parts === 1 ? passes.at(-1) : undefined;
  });
  return passes;
}

/** All rows at once. */
export const wholePass = ({ segments, rowCounts, shares }: Omit<FilesToRead, "memoryLimitMiB">): Pass => ({
  segments,
  segmentsBefore: 0,
  range: undefined,
  rowCount: rowCounts.reduce((sum, it) => sum + it, 0),
  shares: segments.length === 1 ? (shares[0] ?? 1) : 1,
});

/**
 * SQL that gives the rows of a pass, with conditions: `queryOf` makes it of those that tell one share of the rows from the others, of
 * rows that its files have under a name.
 */
export function inShares(
  { range, rowCount, shares }: Pass,
  name: string,
  queryOf: (conditions: readonly string[]) => string,
): string {
  if (shares === 1 && !range) return queryOf([]);
  const first = range?.from ?? 0;
  const ends = Array.from({ length: shares + 1 }, (_, i) => first + Math.floor((rowCount * i) / shares));
  return ends
    .slice(1)
    .map((end, i) => queryOf([`${name}.file_row_number >= ${ends[i]}`, `${name}.file_row_number < ${end}`]))
    .join(" UNION ALL ");
}

/** SQL of the number of a row's file among all files of the view. */
export const fileNumber = ({ segmentsBefore }: Pass, name: string): string =>
  `CAST(${name}.file_index AS BIGINT) + ${segmentsBefore}`;
