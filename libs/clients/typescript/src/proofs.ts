import { createHash } from "node:crypto";
import type { ProveRowResponse } from "@throughline/contracts/throughline/tracking/v1/dataset_service_pb";

export { rowDigest } from "@throughline/kernel";

/** What DatasetService.ProveRow answers. */
export type RowProof = Pick<ProveRowResponse, "rowNumber" | "rowCount" | "rowDigest" | "path">;

/**
 * Whether a proof leads from its row to the data set of this digest (RFC 9162, section 2.1.3.2). Give the digest that you know the data
 * set by, and compare the proof's row digest with that of the row you expect.
 */
export function proofHolds({ rowNumber, rowCount, rowDigest, path }: RowProof, datasetDigest: string): boolean {
  let position = rowNumber;
  let last = rowCount - 1n;
  if (position < 0n || position > last) return false;
  let node = sha256(Buffer.of(0), content(rowDigest));
  const up = (): void => {
    position >>= 1n;
    last >>= 1n;
  };
  for (const sibling of path.map(content)) {
    if (last === 0n) return false;
    if (isOdd(position) || position === last) {
      node = sha256(Buffer.of(1), sibling, node);
      while (position !== 0n && !isOdd(position)) up();
    } else node = sha256(Buffer.of(1), node, sibling);
    up();
  }
  return last === 0n && `sha256:${node.toString("hex")}` === datasetDigest;
}

const isOdd = (number: bigint): boolean => (number & 1n) === 1n;

const content = (digest: string): Buffer => Buffer.from(digest.slice("sha256:".length), "hex");

function sha256(...parts: readonly Buffer[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
