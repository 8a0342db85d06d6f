import { join } from "node:path";
import { digestOfBytes, merkleTree } from "@throughline/kernel";
import type { Column, Row } from "@throughline/tables";
import { expect, test } from "vitest";
import { platform } from "../../testing-platform.ts";
import { type Callers, callers } from "../callers.ts";
import { countAnswers } from "./count-answers.ts";

const COLUMNS: readonly Column[] = [
  { name: "score", type: "float64" },
  { name: "row_digest", type: "string" },
  { name: "problem", type: "string" },
];

test("answers are counted part by part, and the tables are free while callers come first", async () => {
  const on = await platform();
  const digests = Array.from({ length: 12_000 }, (_, i) => digestOfBytes(`${i}`));
  const rows = digests.map((it, i): Row => (i % 1_000 === 7 ? [null, null, "INPUTS_REFUSED"] : [0.5, it, null]));
  // More rows than the tables give in one piece, and few.
  const parts = [rows.slice(0, 11_000), rows.slice(11_000)];
  const paths = parts.map((_, i) => join(on.dir, `${i}.parquet`));
  for (const [i, output] of paths.entries()) await on.tables.importRows({ output, columns: COLUMNS }, parts[i] ?? []);
  let pieces = 0;
  const inSlices: Callers["inSlices"] = async (steps, step) => {
    pieces += 1;
    // There is one process of tables, which somebody else needs now.
    const signal = AbortSignal.timeout(60_000);
    await on.tables.inspect({ path: paths[0] ?? "", format: "parquet" }, { signal });
    await callers().inSlices(steps, step);
  };
  const signal = AbortSignal.timeout(250_000);
  const counted = await countAnswers({ tables: on.tables, callers: { inSlices } }, paths, signal);
  const tree = merkleTree();
  for (const [i, it] of digests.entries()) if (i % 1_000 !== 7) tree.add(it);
  expect(counted).toEqual({ problemCounts: { INPUTS_REFUSED: 12 }, rowsDigest: tree.root() });
  expect(pieces).toBe(3);
});
