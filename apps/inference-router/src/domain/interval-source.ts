import type { BlobStore } from "@throughline/blobs";
import { CALIBRATION_BYTES_MAX, type Calibration, readCalibration } from "@throughline/conformal";
import type { Digest } from "@throughline/kernel";
import { releaseUnusable } from "./errors.ts";

/** Finds the calibrations that releases name. */
export type CalibrationSource = (release: string, digest: Digest) => Promise<Calibration>;

/** Reads calibrations from stored bytes. Fails with RELEASE_UNUSABLE if they are not there, and with CALIBRATION_INVALID. */
export const calibrationSource =
  (blobs: Pick<BlobStore, "stat" | "get">): CalibrationSource =>
  async (release, digest) => {
    const stored = await blobs.stat(digest);
    if (!stored) throw releaseUnusable(release, `its calibration ${digest} is not stored`);
    if (stored.size > CALIBRATION_BYTES_MAX) throw releaseUnusable(release, `its calibration has ${stored.size} bytes`);
    const pieces: Uint8Array[] = [];
    for await (const piece of blobs.get(digest)) pieces.push(piece);
    return readCalibration(Buffer.concat(pieces));
  };
