import type { BlobStore } from "@throughline/blobs";
import { DomainError, type FieldViolation, isDigest } from "@throughline/kernel";
import { storedCalibration } from "./calibrations.ts";

const PATH = "manifest.calibration_digest";

/**
 * Adds what is wrong with the calibration that a manifest names: its bytes are none, or it is for another number of scores than the
 * graph gives. That nothing is stored under its digest is told elsewhere.
 */
export async function checkCalibration(
  blobs: Pick<BlobStore, "stat" | "get">,
  { digest, scoreCount }: { readonly digest: string; readonly scoreCount: number | undefined },
  violations: FieldViolation[],
): Promise<void> {
  if (!isDigest(digest)) return;
  try {
    const calibration = await storedCalibration(blobs, digest);
    const wanted = calibration?.score.columnCount;
    if (wanted === undefined || scoreCount === undefined || wanted === scoreCount) return;
    const description = `it is for answers of ${wanted} score(s), and the graph gives ${scoreCount}`;
    violations.push({ path: PATH, description });
  } catch (error) {
    if (!(error instanceof DomainError) || error.kind !== "invalid") throw error;
    violations.push({ path: PATH, description: error.message });
  }
}
