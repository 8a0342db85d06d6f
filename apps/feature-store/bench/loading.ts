/**
 * Loading the flights of the example (336,776 rows, 327,346 of them with times) as a segment, and bringing a view of them online.
 *
 * Most of a load is reading, sorting and writing Parquet in the table process; most of a materialisation is writing entries.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AggregateFunction } from "@throughline/contracts/throughline/features/v1/definition_pb";
import { FileFormat } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { loadResult, materializeResult } from "../src/testing-operations.ts";
import { testPlatform } from "../src/testing-platform.ts";

const PARENT = "projects/p";
const FILE = join(import.meta.dirname, "../../../examples/flights/data/flights.parquet");
const { BOOL, INT64, STRING, TIMESTAMP } = ValueType;
const COLUMNS = {
  flight_id: INT64,
  origin: STRING,
  dest: STRING,
  carrier: STRING,
  tailnum: STRING,
  arr_delay: INT64,
  late: BOOL,
  arrival_time: TIMESTAMP,
};

const platform = await testPlatform();
const { features, uploadBytes, ended } = platform;
try {
  const columns = Object.entries(COLUMNS).map(([name, type]) => ({ name, type }));
  const source = {
    columns,
    eventTimeColumn: "arrival_time",
    knowledgeTime: { case: "knowledgeTimeColumn" as const, value: "arrival_time" },
    skipRowsWithoutTime: true,
  };
  const plane = { keys: [{ name: "tailnum", type: STRING }] };
  await features.createEntity({ parent: PARENT, entityId: "plane", entity: plane });
  await features.createSource({ parent: PARENT, sourceId: "flights", source });
  const featureView = {
    entity: `${PARENT}/entities/plane`,
    source: `${PARENT}/sources/flights`,
    features: [
      { name: "arr_delay", kind: { case: "column" as const, value: "arr_delay" } },
      {
        name: "flights",
        kind: {
          case: "aggregate" as const,
          value: { function: AggregateFunction.COUNT, column: "", window: { seconds: 86_400n } },
        },
      },
    ],
  };
  await features.applyFeatureView({ parent: PARENT, featureViewId: "planes", featureView });
  const featureService = { views: [{ view: `${PARENT}/featureViews/planes` }] };
  await features.applyFeatureService({ parent: PARENT, featureServiceId: "planes", featureService });
  const digest = await uploadBytes(readFileSync(FILE));
  const load = { source: `${PARENT}/sources/flights`, digest, format: FileFormat.PARQUET };

  const start = performance.now();
  const segment = loadResult(await ended((await features.loadSource(load)).operation));
  const loaded = performance.now();
  const materialize = { featureService: `${PARENT}/featureServices/planes` };
  const online = materializeResult(await ended((await features.materialize(materialize)).operation));
  const end = performance.now();
  console.table([
    { what: "load", rows: Number(segment?.rowCount), ms: Math.round(loaded - start) },
    { what: "materialise", rows: Number(online?.entryCount), ms: Math.round(end - loaded) },
  ]);
  console.log(`segment ${segment?.digest}`);
} finally {
  await platform.close();
}
