import { type Digest, merkleTree, rowDigest } from "@throughline/kernel";
import type { RowsPlan } from "../port.ts";
import type { RowsIdentity } from "../table.ts";
import { breathe, type JobContext } from "./job-context.ts";
import { selected } from "./query.ts";
import { chunkRows, chunksOf } from "./result-rows.ts";
import { openSession } from "./session.ts";

/** See TableEngine.rowDigests. */
export async function rowDigests(plan: RowsPlan, context: JobContext): Promise<undefined> {
  await eachDigest(plan, context, (digests) => context.output(digests));
  return undefined;
}

/** See TableEngine.rowsIdentity. */
export async function rowsIdentity(plan: RowsPlan, context: JobContext): Promise<RowsIdentity> {
  const tree = merkleTree();
  await eachDigest(plan, context, async (digests) => {
    for (const digest of digests) tree.add(digest);
  });
  return { rowCount: tree.count(), merkleRoot: tree.root() };
}

async function eachDigest(
  plan: RowsPlan,
  context: JobContext,
  take: (digests: readonly Digest[]) => Promise<void>,
): Promise<void> {
  await using session = await openSession(context, { reads: plan.segments, writes: [] });
  const { select } = await selected(session, plan);
  for await (const chunk of chunksOf(await session.stream(select))) {
    await take(chunkRows(chunk).map(rowDigest));
    await breathe(context);
  }
}
