/** Some of the rows of a view's files, which are worked on at once: what memory and progress are measured in. */
export interface Pass {
  readonly segments: readonly string[];
  /** How many files of the view come before these. */
  readonly segmentsBefore: number;
  /** Row numbers within the file, when it is one file of which this is a part; `to` is not part of it. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  readonly rowCount: number;
}

/** A pass reads about so many rows for each MiB of memory: some 100 bytes for each when all of them have to be sorted. */
const ROWS_PER_MIB = 2_000;

/** The files of a view with how many rows each has, and the memory that there is. */
export interface FilesToRead {
  readonly segments: readonly string[];
  readonly rowCounts: readonly number[];
  readonly memoryLimitMiB: number;
}

/** Divides files into passes: several small files make one, a large file makes several. */
export function passesOver({ segments, rowCounts, memoryLimitMiB }: FilesToRead): readonly Pass[] {
  const passRows = ROWS_PER_MIB * memoryLimitMiB;
  const passes: Pass[] = [];
  let last: Pass | undefined;
  segments.forEach((segment, segmentsBefore) => {
    const rowCount = rowCounts[segmentsBefore] ?? 0;
    const parts = Math.max(1, Math.round(rowCount / passRows));
    if (last && parts === 1 && last.rowCount + rowCount <= passRows) {
      last = { ...last, segments: [...last.segments, segment], rowCount: last.rowCount + rowCount };
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
      });
    }
    last = parts === 1 ? passes.at(-1) : undefined;
  });
  return passes;
}

/** All rows at once. */
export const wholePass = ({ segments, rowCounts }: Omit<FilesToRead, "memoryLimitMiB">): Pass => ({
  ...{ segments, segmentsBefore: 0, range: undefined },
  rowCount: rowCounts.reduce((sum, it) => sum + it, 0),
});

/** SQL conditions that keep the rows of a pass, of those that its files have under a name. */
export const withinPass = ({ range }: Pass, name: string): readonly string[] =>
  range ? [`${name}.file_row_number >= ${range.from}`, `${name}.file_row_number < ${range.to}`] : [];

/** SQL of the number of a row's file among all files of the view. */
export const fileNumber = ({ segmentsBefore }: Pass, name: string): string =>
  `CAST(${name}.file_index AS BIGINT) + ${segmentsBefore}`;
