import { join } from "node:path";
import { upload, wait } from "@throughline/client";
import type { Segment } from "@throughline/contracts/throughline/features/v1/definition_pb";
import {
  FileFormat,
  LoadSourceResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { count } from "./progress.ts";
import type { Setting } from "./setting.ts";

const { BOOL, FLOAT64, INT64, STRING, TIMESTAMP } = ValueType;

/** How long it takes until a landing is reported: what a flight was like is known so long after its arrival. */
const REPORTING_S = 15n * 60n;

const knownBy = (value: string) => ({ case: "knowledgeTimeColumn", value }) as const;

/** The columns that are kept of each file, and what says when a row happened and was known. */
const SOURCES = {
  flights: {
    description: "Every flight out of New York City in 2013. What it was like is known 15 minutes after it has landed.",
    eventTimeColumn: "arrival_time",
    knowledgeTime: { case: "knowledgeDelay", value: { seconds: REPORTING_S } },
    columns: {
      flight_id: INT64,
      origin: STRING,
      dest: STRING,
      carrier: STRING,
      tailnum: STRING,
      dep_delay: INT64,
      arr_delay: INT64,
      late: BOOL,
      arrival_time: TIMESTAMP,
    },
  },
  weather: {
    description: "Hourly weather at the three airports. An hour is known when it is over.",
    eventTimeColumn: "time_hour",
    knowledgeTime: knownBy("knowledge_time"),
    columns: {
      origin: STRING,
      temp: FLOAT64,
      dewp: FLOAT64,
      humid: FLOAT64,
      wind_speed: FLOAT64,
      wind_gust: FLOAT64,
      precip: FLOAT64,
      pressure: FLOAT64,
      visib: FLOAT64,
      time_hour: TIMESTAMP,
      knowledge_time: TIMESTAMP,
    },
  },
  planes: {
    description: "The register of planes, taken as known from the beginning of 2013.",
    eventTimeColumn: "known_time",
    knowledgeTime: knownBy("known_time"),
    columns: { tailnum: STRING, year: INT64, engines: INT64, seats: INT64, known_time: TIMESTAMP },
  },
} as const;

/** Creates the sources, and loads the shipped files: all flights but the landings that were forgotten. */
export async function loadSources(setting: Setting): Promise<void> {
  const { connection, progress, dataDir, workDir } = setting;
  const { parent, features } = connection;
  const files = {
    flights: join(workDir, "landed.parquet"),
    weather: join(dataDir, "weather.parquet"),
    planes: join(dataDir, "planes.parquet"),
  };
  await progress.step("Loading flights, weather and planes as sources", async () => {
    const told: string[] = [];
    for (const [sourceId, { columns, ...source }] of Object.entries(SOURCES)) {
      const named = Object.entries(columns).map(([name, type]) => ({ name, type }));
      await features.createSource({
        parent,
        sourceId,
        source: { ...source, columns: named, skipRowsWithoutTime: true },
      });
      const segment = await load(setting, sourceId, files[sourceId as keyof typeof SOURCES]);
      told.push(`${count(segment.rowCount)} ${sourceId}`);
    }
    return { told: told.join(", "), result: undefined };
  });
}

/** Loads what was forgotten, late: the rows say that they were known when they should have been. Returns the data version. */
export async function loadForgotten(setting: Setting): Promise<bigint> {
  return setting.progress.step(
    "Loading the landings of 24 September that a carrier had forgotten to send",
    async () => {
      const { rowCount, dataVersion } = await load(setting, "flights", join(setting.workDir, "forgotten.parquet"));
      return { told: `${count(rowCount)} flights, data version ${dataVersion}`, result: dataVersion };
    },
  );
}

async function load({ connection }: Setting, sourceId: string, path: string): Promise<Segment> {
  const mediaType = "application/vnd.apache.parquet";
  const file = await upload(connection, path, { kind: ArtifactKind.DATASET, mediaType });
  const { operation } = await connection.features.loadSource({
    source: `${connection.parent}/sources/${sourceId}`,
    digest: file.digest,
    format: FileFormat.PARQUET,
  });
  const { segment } = await wait(connection, operation, LoadSourceResultSchema);
  if (!segment) throw new Error("the platform answered without the segment");
  return segment;
}
