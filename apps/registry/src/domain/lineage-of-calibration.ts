import { type Digest, digestOfBytes } from "@throughline/kernel";
import type { LineageRecord } from "@throughline/lineage";

/** Tells of which rows a calibration was made; of rows that came with a request it has no input. */
export function calibrated(
  made: { readonly digest: Digest; readonly sizeBytes: number; readonly source: Digest | undefined },
  at: { readonly project: string; readonly actor: string; readonly timeMs: number },
): LineageRecord {
  const { digest, sizeBytes, source } = made;
  const resource = calibrationName(at.project, digest);
  return {
    execution: { id: `calibrate.${digestOfBytes(resource).slice(7, 39)}`, kind: "EVALUATE", resource, ...at },
    artifacts: [{ digest, kind: "FILE", resource, sizeBytes, mediaType: "application/json" }],
    events: [
      ...(source ? [{ digest: source, type: "INPUT", role: "calibration_rows" } as const] : []),
      { digest, type: "OUTPUT", role: "calibration" },
    ],
  };
}

/** `projects/{project}/calibrations/{64 hex digits}`. */
export const calibrationName = (project: string, digest: Digest): string =>
  `${project}/calibrations/${digest.slice("sha256:".length)}`;
