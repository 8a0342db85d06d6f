import { createHash } from "node:crypto";
import { type Digest, invariant } from "@throughline/kernel";
import { pick } from "../engine/column-types.ts";
import type { RowsPlan } from "../port.ts";
import type { Row, RowsIdentity } from "../table.ts";
import { openRows } from "./file-rows.ts";
import { fileDescriber } from "./files.ts";
import { resultRows } from "./result-rows.ts";
import { digestsQuery, sha256 } from "./row-digest-sql.ts";
import type { SparkSession } from "./session.ts";
import type { SparkCall } from "./spark-call.ts";

/** Levels of the tree that Spark builds by itself: 4,096 rows become one hash. */
const LEVELS = 12;

/**
 * See TableEngine.rowsIdentity. The Merkle tree is that of the kernel: pairs from the left, and what is left over goes up as it is. So
 * every 4,096 rows have a root of their own, which Spark computes where the rows are, and the tree over those is built here.
 */
export async function rowsIdentityOnSpark(call: SparkCall, plan: RowsPlan): Promise<RowsIdentity> {
  await using opened = await openDigests(call, plan);
  const pairs = `TRANSFORM(SEQUENCE(0, CAST((SIZE(level) - 1) DIV 2 AS INT)), i ->
    IF(2 * i + 1 < SIZE(level), ${sha256(["X'01'", "level[2 * i]", "level[2 * i + 1]"])}, level[2 * i]))`;
  const leaves = `SELECT r, ${sha256(["X'00'", "digest"])} AS digest FROM (${opened.digests})`;
  const roots = opened.session.rows(
    `SELECT part, SIZE(digests), AGGREGATE(SEQUENCE(1, ${LEVELS}), digests, (level, step) -> ${pairs})[0] FROM (${inParts(leaves)})`,
  );
  const parts: { readonly part: number; readonly root: Uint8Array }[] = [];
  let rowCount = 0;
  for await (const [part, size, root] of resultRows(roots)) {
    parts.push({ part: Number(part), root: root as Uint8Array });
    rowCount += Number(size);
  }
  invariant(rowCount === opened.rowCount, "every row has a digest");
  const hashes = parts.sort((a, b) => a.part - b.part).map((it) => it.root);
  return { rowCount, merkleRoot: `sha256:${Buffer.from(rootOf(hashes)).toString("hex")}` };
}

/** SQL for the digests of every 4,096 rows: part (number), digests (a list in row order). Parts come in any order. */
const inParts = (digests: string): string =>
  `SELECT part, TRANSFORM(ARRAY_SORT(COLLECT_LIST(STRUCT(r, digest))), it -> it.digest) AS digests
   FROM (SELECT r DIV ${2 ** LEVELS} AS part, r, digest FROM (${digests})) GROUP BY part`;

function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  let level = hashes.length > 0 ? hashes : [createHash("sha256").digest()];
  while (level.length > 1) {
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const [left, right] = [level[2 * i] as Uint8Array, level[2 * i + 1]];
      return right ? createHash("sha256").update(Buffer.of(1)).update(left).update(right).digest() : left;
    });
  }
  return level[0] as Uint8Array;
}

/** Rows whose digests are held here at once, 32 bytes each, until they are in order. */
const DIGESTS_MAX = 1_000 * 2 ** LEVELS;

/** See TableEngine.rowDigests. */
export async function* rowDigestsOnSpark(
  call: SparkCall,
  plan: RowsPlan,
): AsyncGenerator<readonly Digest[], void, undefined> {
  await using opened = await openDigests(call, plan);
  const { session, digests, rowCount } = opened;
  let given = 0;
  for (let first = 0; first < rowCount; first += DIGESTS_MAX) {
    const end = Math.min(rowCount, first + DIGESTS_MAX);
    session.phase(first / rowCount, end / rowCount);
    const parts = new Map<number, Row>();
    const rows = inParts(`${digests} WHERE r >= ${first} AND r < ${end}`);
    for await (const [part, list] of resultRows(session.rows(rows))) parts.set(Number(part), list as Row);
    for (let part = first / 2 ** LEVELS; part < end / 2 ** LEVELS; part++) {
      const found = (parts.get(part) ?? []).map(
        (it): Digest => `sha256:${Buffer.from(it as Uint8Array).toString("hex")}`,
      );
      given += found.length;
      yield found;
    }
  }
  invariant(given === rowCount, "every row has a digest");
}

interface OpenDigests extends AsyncDisposable {
  readonly session: SparkSession;
  /** SQL for r and digest of every row. */
  readonly digests: string;
  readonly rowCount: number;
}

async function openDigests(call: SparkCall, plan: RowsPlan): Promise<OpenDigests> {
  const shape = await fileDescriber(call.embedded, call.options)(plan.segments);
  const names = plan.columns ?? shape.columns.map((it) => it.name);
  const columns = pick(shape.columns, names, plan.segments[0] ?? "").map((column, i) => ({ column, as: `c${i}` }));
  const session = await call.open();
  try {
    const rows = await openRows(session, { name: "rows", shape, columns }, call.files);
    const digests = digestsQuery(
      rows,
      columns.map(({ column, as }) => ({ as, type: column.type })),
    );
    return { session, digests, rowCount: shape.rowCount, [Symbol.asyncDispose]: () => session[Symbol.asyncDispose]() };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}
