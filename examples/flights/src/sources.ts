import { join } from "node:path";
import { upload, wait } from "@throughline/client";
import {
  FileFormat,
  LoadSourceResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { ArtifactKind } from "@throughline/contracts/throughline/lineage/v1/artifact_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { count } from "./progress.ts";
import type { Setting } from "./setting.ts";

const { BOOL, FLOAT64, INT64, STRING, TIMESTAMP } = ValueType;

/** The columns that are kept of each shipped file, and which of them say when a row happened and was known. */
const SOURCES = {
  flights: {
    description: "Every flight out of New York City in 2013. A flight's delay is known once it has landed.",
    eventTimeColumn: "arrival_time",
    knowledgeTimeColumn: "arrival_time",
    columns: {
      flight_id: INT64,
      origin: STRING,
      dest: STRING,
      carrier: STRING,
      tailnum: STRING,
      arr_delay: INT64,
      late: BOOL,
      arrival_time: TIMESTAMP,
    },
  },
  weather: {
    description: "Hourly weather at the three airports. An hour is known when it is over.",
    eventTimeColumn: "time_hour",
    knowledgeTimeColumn: "knowledge_time",
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
    knowledgeTimeColumn: "known_time",
    columns: { tailnum: STRING, year: INT64, engines: INT64, seats: INT64, known_time: TIMESTAMP },
  },
} as const;

/** Uploads the shipped files and loads them, each into a source. */
export async function loadSources({ connection, progress, dataDir }: Setting): Promise<void> {
  await progress.step("Loading flights, weather and planes as sources", async () => {
    const told: string[] = [];
    for (const [id, { columns, knowledgeTimeColumn, ...source }] of Object.entries(SOURCES)) {
      await connection.features.createSource({
        parent: connection.parent,
        sourceId: id,
        source: {
          ...source,
          columns: Object.entries(columns).map(([name, type]) => ({ name, type })),
          knowledgeTime: { case: "knowledgeTimeColumn", value: knowledgeTimeColumn },
          skipRowsWithoutTime: true,
        },
      });
      const file = await upload(connection, join(dataDir, `${id}.parquet`), {
        kind: ArtifactKind.DATASET,
        mediaType: "application/vnd.apache.parquet",
      });
      const { operation } = await connection.features.loadSource({
        source: `${connection.parent}/sources/${id}`,
        digest: file.digest,
        format: FileFormat.PARQUET,
      });
      const { segment } = await wait(connection, operation, LoadSourceResultSchema);
      told.push(`${count(segment?.rowCount ?? 0n)} ${id}`);
    }
    return { told: told.join(", "), result: undefined };
  });
}
