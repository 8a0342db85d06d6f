import type { ExpiringFile } from "./file-expiry.ts";

/** The data versions that are needed, and what says which of them read a segment's own file. */
export interface NeededVersions {
  /** It and all newer ones are needed. */
  readonly oldestKept: number;
  /** Older ones that something names, in order. */
  readonly older: readonly number[];
  /** By the data version of a segment: what took it out and brought it back, in order. */
  readonly moves: ReadonlyMap<number, readonly { readonly dataVersion: number; readonly isBack: boolean }[]>;
}

/** True if a needed data version reads the file. Those that read it are some from `since` until before `until`. */
export function isNeeded(file: Pick<ExpiringFile, "isCompacted" | "since" | "until">, needed: NeededVersions): boolean {
  const { since, until } = file;
  let from: number | undefined = since;
  // A compacted file is closed where something goes out of it; a segment's own is as it was, and is read or not.
  for (const { dataVersion, isBack } of file.isCompacted ? [] : (needed.moves.get(since) ?? [])) {
    if (dataVersion >= until) break;
    if (!isBack && from !== undefined && isAnyWithin(needed, from, dataVersion)) return true;
    from = isBack ? dataVersion : undefined;
  }
  return from !== undefined && isAnyWithin(needed, from, until);
}

/** True if a needed data version is at least `from` and below `to`. */
const isAnyWithin = ({ oldestKept, older }: NeededVersions, from: number, to: number): boolean =>
  to > oldestKept || older.some((it) => from <= it && it < to);
