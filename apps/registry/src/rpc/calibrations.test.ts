import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCalibration } from "@throughline/conformal";
import { CalibrationMethod } from "@throughline/contracts/throughline/registry/v1/calibration_service_pb";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import { seededRandom } from "@throughline/stats";
import { openTables, type TableEngine } from "@throughline/tables";
import { everyDatabase } from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  failureOf,
  openRegistry,
  type RegistryInProcess,
  registerFixture,
  surroundings,
} from "../registry-in-process.ts";

const parent = "projects/p";
const settings = { method: CalibrationMethod.ABSOLUTE_RESIDUAL, alpha: 0.1 };
const rows = (count: number, residual: (i: number) => number = (i) => i) => ({
  rows: Array.from({ length: count }, (_, i) => ({
    predictions: [10],
    actual: 10 + residual(i),
    group: i % 3 === 0 ? "AA" : "UA",
  })),
});

let dir: string;
let tables: TableEngine;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "throughline-calibrations-"));
  tables = await openTables({ dataDir: join(dir, "tables"), memoryLimitMiB: 128, threads: 1, processes: 1 });
});
afterAll(async () => {
  await tables?.close();
  await rm(dir, { recursive: true, force: true });
});

for (const database of everyDatabase()) {
  describe(`calibrations on ${database.name}`, () => {
    let registry: RegistryInProcess;
    beforeAll(async () => {
      registry = await openRegistry(await surroundings(await database.empty()), { tables });
    });
    const create = async (source: object, more: object = {}) =>
      (await registry.calibrations.createCalibration({ parent, settings: { ...settings, ...more }, ...source }))
        .calibration;
    const ofRows = (count: number, more: object = {}) => create({ source: { case: "rows", value: rows(count) } }, more);

    test("of rows in the request has the quantile of its rank, by group, and is the bytes that its digest says", async () => {
      const made = await ofRows(300, { groupField: "carrier", groupRowsLeast: 150 });
      // ceil(301 * 0.9) = 271: the residuals are 0 to 299.
      expect(made?.all).toMatchObject({ group: "", rowCount: 300n, quantile: 270, coveredCount: 271n });
      expect(made?.groups).toMatchObject([{ group: "UA", rowCount: 200n }]);
      expect(made?.all?.coverageLow).toBeLessThan(0.9);
      const bytes = Buffer.concat(await Array.fromAsync(registry.blobs.get(made?.digest as Digest)));
      expect(digestOfBytes(bytes)).toBe(made?.digest);
      expect(readCalibration(bytes).groups["UA"]?.quantile).toBe(made?.groups[0]?.quantile);
      expect(made?.name).toBe(`${parent}/calibrations/${made?.digest.slice(7)}`);
      const again = await ofRows(300, { groupField: "carrier", groupRowsLeast: 150 });
      expect(again).toEqual(made);
    });

    test("of a Parquet artifact reads its columns, leaves out rows without an actual value, and stands on the thread", async () => {
      const output = join(dir, "rows.parquet");
      const random = seededRandom(3);
      const table = Array.from({ length: 1_000 }, (_, i) => [
        `sha256:${String(i).padStart(64, "0")}`,
        random(),
        i % 10 === 0 ? null : BigInt(random() < 0.5 ? 1 : 0),
        i % 2 === 0 ? "AA" : "UA",
      ]);
      const columns = [
        { name: "row_digest", type: "string" },
        { name: "score", type: "float64" },
        { name: "actual", type: "int64" },
        { name: "entity__carrier", type: "string" },
      ] as const;
      await tables.importRows({ columns, output }, table);
      const digest = await registry.upload(await readFile(output));
      const source = { source: { case: "table", value: { digest } } };
      const sets = { method: CalibrationMethod.ADAPTIVE_SET, labels: ["on time", "late"], randomized: true };
      const made = await create(source, { ...sets, groupField: "carrier" });
      expect(made).toMatchObject({ skippedCount: 100n, sourceDigest: digest, all: { rowCount: 900n } });
      expect(made?.groups.map((it) => it.group)).toEqual(["AA", "UA"]);
      await expect
        .poll(() => registry.recorded.find((it) => it.execution.resource === made?.name)?.events)
        .toMatchObject([
          { digest, type: "INPUT", role: "calibration_rows" },
          { digest: made?.digest, type: "OUTPUT", role: "calibration" },
        ]);
      const missing = { digest, predictionColumns: ["nowhere"], groupColumn: "neither" };
      expect(await failureOf(create({ source: { case: "table", value: missing } }, { groupField: "carrier" }))).toEqual(
        {
          reason: "CALIBRATION_TABLE",
          paths: ["table.prediction_columns[0]", "table.group_column"],
        },
      );
      const text = await registry.upload(new TextEncoder().encode("no table"));
      const notParquet = create({ source: { case: "table", value: { digest: text } } });
      expect((await failureOf(notParquet)).reason).toBe("CALIBRATION_TABLE");
      const unknown = create({ source: { case: "table", value: { digest: digestOfBytes("unknown") } } });
      expect((await failureOf(unknown)).reason).toBe("ARTIFACT_UNKNOWN");
    });

    test("that cannot be made is refused with everything that is wrong", async () => {
      expect((await failureOf(ofRows(8))).reason).toBe("CALIBRATION_TOO_SMALL");
      const wrong = ofRows(100, { method: CalibrationMethod.REGULARIZED_ADAPTIVE_SET, labels: ["a", "a", "b"] });
      expect(await failureOf(wrong)).toEqual({
        reason: "CALIBRATION_INVALID",
        paths: ["labels", "prediction_columns"],
      });
      const small = ofRows(100, { groupField: "carrier", groupRowsLeast: 5 });
      expect(await failureOf(small)).toEqual({ reason: "CALIBRATION_INVALID", paths: ["group_rows_least"] });
    });

    test("is read by its name, by those whose project knows it", async () => {
      const made = await ofRows(100);
      expect((await failureOf(registry.calibrations.getCalibration({ name: made?.name ?? "" }))).reason).toBe(
        "NOT_FOUND",
      );
      registry.know(made?.digest as Digest);
      const { calibration } = await registry.calibrations.getCalibration({ name: made?.name ?? "" });
      expect(calibration).toEqual(made);
    });

    test("is a part of a release that fits it; one for other answers, and bytes that are none, are refused", async () => {
      const modelVersion = await registerFixture(registry, "late", "line");
      const value = { inputTensor: "X", outputTensor: "probabilities", outputColumn: 1 };
      const graph = { nodes: [{ name: "main", kind: { case: "model" as const, value } }], outputNode: "main" };
      const release = (calibrationDigest: string) =>
        registry.releases.createRelease({
          parent,
          manifest: { models: { main: { modelVersion } }, graph, calibrationDigest },
        });
      const fits = await ofRows(50);
      expect((await release(fits?.digest ?? "")).release?.manifest?.calibrationDigest).toBe(fits?.digest);
      const two = { rows: Array.from({ length: 50 }, (_, i) => ({ predictions: [0, 1], actual: i })) };
      const other = await create(
        { source: { case: "rows", value: two } },
        { method: CalibrationMethod.QUANTILE_REGRESSION },
      );
      for (const digest of [other?.digest ?? "", await registry.upload(new TextEncoder().encode("{}"))]) {
        expect(await failureOf(release(digest))).toEqual({
          reason: "RELEASE_REFUSED",
          paths: ["manifest.calibration_digest"],
        });
      }
    });
  });
}
