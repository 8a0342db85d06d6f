import { createHash } from "node:crypto";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { valueToProto } from "@throughline/rpc";
import { randomFrom, whole } from "../random.ts";

/** Rows that come together. They follow from the batch alone, so that whoever knows its name knows them. */
export interface Batch {
  readonly name: string;
  readonly count: number;
}

/** One row, as all that is compared of it. */
export interface BatchRow {
  readonly id: bigint;
  readonly atMs: number;
  readonly n: bigint;
  readonly batch: string;
}

/** Rows of all batches are about these. */
export const ENTITIES: readonly bigint[] = [1n, 2n, 3n, 4n, 5n];

/** Times of rows lie before it, in no order: late rows are usual. */
export const TIME_MS_MOST = 1e8;

export const COLUMNS = [
  { name: "id", type: ValueType.INT64 },
  { name: "at", type: ValueType.TIMESTAMP },
  { name: "n", type: ValueType.INT64 },
  { name: "batch", type: ValueType.STRING },
];

export function rowsOf({ name, count }: Batch): readonly BatchRow[] {
  const random = randomFrom(createHash("sha256").update(name).digest().readUInt32LE());
  return Array.from({ length: count }, () => ({
    id: ENTITIES[whole(random, 0, ENTITIES.length - 1)] ?? 1n,
    atMs: whole(random, 1, TIME_MS_MOST),
    n: BigInt(whole(random, 1, 1_000_000)),
    batch: name,
  }));
}

const NS_PER_MS = 1_000_000n;

/** Rows as a push has them. */
export const messagesOf = (batch: Batch) =>
  rowsOf(batch).map(({ id, atMs, n, batch: name }) => ({
    values: {
      id: valueToProto(id),
      at: valueToProto({ ns: BigInt(atMs) * NS_PER_MS }),
      n: valueToProto(n),
      batch: valueToProto(name),
    },
  }));

/** Rows as a file. */
export const csvOf = (batch: Batch): Buffer =>
  Buffer.from(
    ["id,at,n,batch", ...rowsOf(batch).map((it) => [it.id, new Date(it.atMs).toISOString(), it.n, it.batch].join())]
      .map((line) => `${line}\n`)
      .join(""),
  );

/** What a batch is known by: how many rows, and all of their values in the order of the batch. */
export function shown(rows: readonly BatchRow[]): string {
  const text = rows.map(({ id, atMs, n, batch }) => `${id} ${atMs} ${n} ${batch}`).join("\n");
  return `${rows.length} ${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
}
