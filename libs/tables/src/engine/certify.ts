import { canonicalRowBytes, type FeatureValue } from "@throughline/kernel";
import { badPlan, fileChanged } from "../errors.ts";
import type { CertifyOptions, JoinPlan, LeakageCertificate, Mismatch, OracleRow } from "../join-plan.ts";
import type { JoinedTable } from "../port.ts";
import type { Row } from "../table.ts";
import { shown } from "./import-rows.ts";
import type { JobContext } from "./job-context.ts";
import { bruteForceJoin } from "./oracle.ts";
import { selected } from "./query.ts";
import { chunkRows, chunksOf } from "./result-rows.ts";
import { sampleOf } from "./sample.ts";
import { openSession } from "./session.ts";
import { digestOfFile } from "./write-table.ts";

const MISMATCHES_SHOWN = 20;

/** See TableEngine.certify. */
export async function certify(
  plan: { readonly join: JoinPlan; readonly result: JoinedTable; readonly options: CertifyOptions },
  context: JobContext,
): Promise<LeakageCertificate> {
  const { join, result, options } = plan;
  if (!Number.isSafeInteger(options.seed)) throw badPlan("seed", `${options.seed} is not a whole number`);
  if ((await digestOfFile(result.path)) !== result.fileDigest) throw fileChanged(result.path);
  const rowNumbers = sampleOf(result.rowCount, options.sampleRows, options.seed);
  const expected = await bruteForceJoin({ join, rowNumbers }, context);
  const joined = await rowsAt(result.path, rowNumbers, context);
  const columns = result.columns.map((it) => it.name);
  const different = expected.map((row) => differences(row, joined.get(row.rowNumber) ?? [], columns));
  return {
    seed: options.seed,
    sampledRows: rowNumbers.length,
    mismatchedRows: different.filter((it) => it.length > 0).length,
    mismatches: different.flat().slice(0, MISMATCHES_SHOWN),
    rowsWithLaterKnowledge: result.views.reduce((sum, it) => sum + it.laterRows, 0),
  };
}

async function rowsAt(
  path: string,
  rowNumbers: readonly number[],
  context: JobContext,
): Promise<ReadonlyMap<number, Row>> {
  await using session = await openSession(context, { reads: [path], writes: [] });
  const { select } = await selected(session, { segments: [path] });
  const wanted = new Set(rowNumbers);
  const rows = new Map<number, Row>();
  let next = 0;
  for await (const chunk of chunksOf(await session.stream(select))) {
    for (const row of chunkRows(chunk)) {
      if (wanted.has(next)) rows.set(next, row);
      next += 1;
    }
  }
  return rows;
}

/** Values are equal when their canonical bytes are: the same rule as for digests. */
function differences(expected: OracleRow, joined: Row, columns: readonly string[]): Mismatch[] {
  return columns.flatMap((column, i) => {
    const [want, have] = [expected.values[i] ?? null, joined[i] ?? null] as [FeatureValue, FeatureValue];
    if (canonicalRowBytes([want]).equals(canonicalRowBytes([have]))) return [];
    return [{ rowNumber: expected.rowNumber, column, joined: shown(have), expected: shown(want) }];
  });
}
