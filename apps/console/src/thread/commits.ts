import {
  CommitKind,
  type DataRetention,
  type DataVersion,
} from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { count, counted, duration, spanMs, toMs } from "./format.ts";
import { idOf } from "./names.ts";

/** Something that happened to data, as a sentence. */
export interface CommitHappening {
  readonly timeMs: number;
  readonly what: string;
  /** Name of the data version. */
  readonly resource: string;
  readonly actor: string;
  readonly reason: string;
}

/**
 * What the commits on a project's log did, newest first as they are given. Pushes into one source that follow one another are
 * told together, since a stream of them would leave no room for anything else.
 */
export function commitHappenings(commits: readonly DataVersion[]): readonly CommitHappening[] {
  const told: CommitHappening[] = [];
  let [group, pushes, rows]: [string, number, bigint] = ["", 0, 0n];
  for (const it of commits) {
    const key = it.kind === CommitKind.PUSH ? `${it.source} ${it.actor}` : "";
    const isSame = key !== "" && key === group;
    [group, pushes, rows] = [key, isSame ? pushes + 1 : 1, (isSame ? rows : 0n) + it.addedRowCount];
    if (!isSame) told.push(happening(it));
    else told.push({ ...(told.pop() as CommitHappening), what: pushesText(it.source, pushes, rows) });
  }
  return told;
}

const happening = (it: DataVersion): CommitHappening => ({
  timeMs: toMs(it.createTime) ?? 0,
  what: commitText(it),
  resource: it.name,
  actor: it.actor,
  reason: it.reason,
});

const rowsDone = (rows: bigint, what: string): string =>
  `${counted(rows, "row")} ${rows === 1n ? "was" : "were"} ${what}`;

const pushesText = (source: string, pushes: number, rows: bigint): string =>
  `${rowsDone(rows, "pushed")} into ${idOf(source)}, by ${count(pushes)} pushes`;

function commitText(it: DataVersion): string {
  const source = idOf(it.source);
  switch (it.kind) {
    case CommitKind.LOAD:
      return `${rowsDone(it.addedRowCount, "loaded")} into ${source}`;
    case CommitKind.PUSH:
      return `${rowsDone(it.addedRowCount, "pushed")} into ${source}`;
    case CommitKind.REVERT:
      return revertText(it, source);
    case CommitKind.COMPACTION:
      return `Files of ${source} were merged`;
    case CommitKind.FORGET:
      return `${rowsDone(it.forgottenRowCount, "forgotten")} in ${source}`;
    default:
      return `Data version ${it.number} of ${source}`;
  }
}

function revertText({ addedRowCount: added, removedRowCount: removed }: DataVersion, source: string): string {
  if (removed === 0n) return `A revert brought ${counted(added, "row")} back into ${source}`;
  const out = `A revert took ${counted(removed, "row")} out of ${source}`;
  return added > 0n ? `${out} and brought ${count(added)} back` : out;
}

/** How long data versions can be read, in words. */
export const keptWords = ({ keep }: Pick<DataRetention, "keep">): string =>
  keep === undefined
    ? "nothing is lost: each data version can be read for ever, but for what was forgotten"
    : `a data version can be read for ${duration(spanMs(keep))} after the next one, and longer where a tag or a training set needs it`;
