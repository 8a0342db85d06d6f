import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { DurationSchema } from "@bufbuild/protobuf/wkt";
import { CommitKind, DataVersionSchema } from "@throughline/contracts/throughline/features/v1/data_version_pb";
import { expect, test } from "vitest";
import { commitHappenings, keptWords } from "./commits.ts";

const commit = (of: MessageInitShape<typeof DataVersionSchema>) =>
  create(DataVersionSchema, { source: "projects/p/sources/sales", actor: "ada", ...of });
const texts = (...of: readonly MessageInitShape<typeof DataVersionSchema>[]) =>
  commitHappenings(of.map(commit)).map((it) => it.what);

test("each kind of commit is told in its own words", () =>
  expect(
    texts(
      { kind: CommitKind.COMPACTION },
      { kind: CommitKind.FORGET, forgottenRowCount: 3n },
      { kind: CommitKind.REVERT, removedRowCount: 1_000n },
      { kind: CommitKind.REVERT, removedRowCount: 0n, addedRowCount: 5n },
      { kind: CommitKind.LOAD, addedRowCount: 1_000n },
    ),
  ).toEqual([
    "Files of sales were merged",
    "3 rows were forgotten in sales",
    "A revert took 1,000 rows out of sales",
    "A revert brought 5 rows back into sales",
    "1,000 rows were loaded into sales",
  ]));

test("pushes in a row are told together, at the time of the newest, and others stay apart", () => {
  const push = (seconds: bigint, actor = "ada", source = "projects/p/sources/sales") =>
    commit({ kind: CommitKind.PUSH, addedRowCount: 2n, createTime: { seconds }, actor, source });
  const told = commitHappenings([
    push(9n),
    push(8n),
    push(7n),
    push(6n, "grace"),
    push(5n, "grace", "projects/p/sources/other"),
    commit({ kind: CommitKind.LOAD, addedRowCount: 1n }),
    push(3n),
  ]);
  expect(told.map((it) => it.what)).toEqual([
    "6 rows were pushed into sales, by 3 pushes",
    "2 rows were pushed into sales",
    "2 rows were pushed into other",
    "1 row was loaded into sales",
    "2 rows were pushed into sales",
  ]);
  expect(told[0]?.timeMs).toBe(9_000);
});

test("how long data versions can be read is told in words", () => {
  expect(keptWords({})).toMatch("for ever");
  const keep = create(DurationSchema, { seconds: 1_209_600n });
  expect(keptWords({ keep })).toBe(
    "a data version can be read for 14 d after the next one, and longer where a tag or a training set needs it",
  );
});
