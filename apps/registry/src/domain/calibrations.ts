import type { BlobStore } from "@throughline/blobs";
import {
  CALIBRATION_BYTES_MAX,
  type Calibration,
  type CalibrationRow,
  type CalibrationSpec,
  calibrating,
  calibrationBytes,
  readCalibration,
  rowUniform,
} from "@throughline/conformal";
import { type Clock, type Digest, DomainError, digestOfBytes, digestOfJson, notFound } from "@throughline/kernel";
import type { Call, RunCall } from "./call.ts";
import { artifactUnknown } from "./errors.ts";
import { calibrated, calibrationName } from "./lineage-of-calibration.ts";
import type { Artifacts, LineageWrites } from "./ports.ts";

/** A row with its actual value, as somebody gives it. */
export interface GivenRow extends Omit<CalibrationRow, "uniform"> {
  /** What randomised sets decide by. Empty: the row's place. */
  readonly rowDigest: string;
}

/** Which columns of a table hold what. An empty name: there is no such column. */
export interface CalibrationColumns {
  readonly predictions: readonly string[];
  readonly actual: string;
  readonly group: string;
  readonly rowDigest: string;
}

/** Reads the rows of stored tables. */
export interface CalibrationTables {
  /** In file order. Rows without a prediction or an actual value have NaN there. Fails with CALIBRATION_TABLE. */
  rows(digest: Digest, columns: CalibrationColumns): AsyncIterable<readonly GivenRow[]>;
}

export interface CalibrationDeps {
  readonly blobs: Pick<BlobStore, "stat" | "put" | "get">;
  readonly artifacts: Artifacts;
  readonly lineage: LineageWrites;
  readonly clock: Clock;
  readonly run: RunCall;
  /** Unset: calibrations are made of rows in the request alone. */
  readonly calibrationTables?: CalibrationTables;
}

/** Where the rows of a calibration are. */
export type CalibrationSource =
  | { readonly kind: "table"; readonly digest: Digest; readonly columns: CalibrationColumns }
  | { readonly kind: "rows"; readonly rows: readonly GivenRow[] };

/** Rows that a calibration is made of, at most: their scores are kept in memory. */
const ROWS_MAX = 2_000_000;

/**
 * Makes a calibration, stores it and records it. Fails with CALIBRATION_INVALID, ARTIFACT_UNKNOWN, CALIBRATION_TOO_SMALL,
 * CALIBRATION_GROUPS, CALIBRATION_ROWS, CALIBRATION_TABLE.
 */
export const createCalibration = (
  deps: CalibrationDeps,
  call: Call,
  { spec, source }: { readonly spec: CalibrationSpec; readonly source: CalibrationSource },
): Promise<{ readonly digest: Digest }> =>
  deps.run(call, async () => {
    const work = calibrating(spec);
    const sourceDigest = source.kind === "table" ? source.digest : rowsDigest(source.rows);
    let count = 0;
    for await (const rows of rowsOf(deps, call.project, source)) {
      for (const { rowDigest, ...row } of rows) {
        count += 1;
        work.add({ ...row, uniform: rowUniform(rowDigest || `${sourceDigest}#${count}`) });
      }
      if (count > ROWS_MAX) throw tooManyRows();
    }
    const calibration = work.finish(sourceDigest);
    const bytes = calibrationBytes(calibration);
    const { digest } = await deps.blobs.put(bytes);
    const made = { digest, sizeBytes: bytes.length, source: source.kind === "table" ? source.digest : undefined };
    const at = { project: call.project, actor: call.actor, timeMs: deps.clock.now() };
    return { writes: [...deps.lineage(calibrated(made, at))], response: { digest } };
  });

/** The calibration that a project knows by this digest. Fails with NOT_FOUND and CALIBRATION_INVALID. */
export async function getCalibration(
  { blobs, artifacts }: Pick<CalibrationDeps, "blobs" | "artifacts">,
  project: string,
  digest: Digest,
): Promise<Calibration> {
  const known = await artifacts.find(project, digest);
  const calibration = known && (await storedCalibration(blobs, digest));
  if (!calibration) throw notFound(calibrationName(project, digest));
  return calibration;
}

/** Reads a stored calibration; undefined if nothing is stored under the digest. Fails with CALIBRATION_INVALID. */
export async function storedCalibration(
  blobs: Pick<BlobStore, "stat" | "get">,
  digest: Digest,
): Promise<Calibration | undefined> {
  const stored = await blobs.stat(digest);
  if (!stored) return undefined;
  if (stored.size > CALIBRATION_BYTES_MAX) throw notCalibration(digest, stored.size);
  const pieces: Uint8Array[] = [];
  for await (const piece of blobs.get(digest)) pieces.push(piece);
  return readCalibration(Buffer.concat(pieces));
}

async function* rowsOf(deps: CalibrationDeps, project: string, source: CalibrationSource) {
  if (source.kind === "rows") {
    yield source.rows;
    return;
  }
  if (!deps.calibrationTables) throw noTables();
  if (!(await deps.artifacts.find(project, source.digest))) throw artifactUnknown(source.digest, "table.digest");
  yield* deps.calibrationTables.rows(source.digest, source.columns);
}

/** What rows that came with a request are known by. Numbers that JSON cannot hold are written as text. */
const rowsDigest = (rows: readonly GivenRow[]): Digest =>
  rows.length === 0
    ? digestOfBytes("")
    : digestOfJson(
        rows.map((it) => [it.predictions.map(String), String(it.actual), it.group.toWellFormed(), it.rowDigest]),
      );

const notCalibration = (digest: Digest, size: number): DomainError =>
  new DomainError(
    "invalid",
    "CALIBRATION_INVALID",
    `${digest} is no calibration: it has ${size} bytes, and at most ${CALIBRATION_BYTES_MAX} are read.`,
    { metadata: { digest } },
  );

const tooManyRows = (): DomainError =>
  new DomainError(
    "precondition",
    "CALIBRATION_ROWS",
    `The table has more than ${ROWS_MAX} rows. Calibrate on a sample: some thousand rows a group are enough.`,
    { metadata: { most: String(ROWS_MAX) } },
  );

const noTables = (): DomainError =>
  new DomainError(
    "unsupported",
    "CALIBRATION_TABLES_OFF",
    "This registry was started without a table engine, so it reads no Parquet. Send the rows in the request.",
  );
