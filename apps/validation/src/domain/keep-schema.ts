import { type Digest, digestOfBytes, notFound } from "@throughline/kernel";
import type { RequestIdentity } from "@throughline/store";
import type { Anomaly } from "./anomaly.ts";
import { getStatistics } from "./compute-statistics.ts";
import type { Deps } from "./deps.ts";
import { inferSchema } from "./infer-schema.ts";
import { idOfDigest, requireProject, schemaName, statisticsName } from "./names.ts";
import { type ColumnSchema, checkSchema, type Schema, schemaText } from "./schema.ts";
import { lineageOf } from "./thread.ts";
import { validateStatistics } from "./validate-statistics.ts";

export interface NewSchema {
  /** Id of the project. */
  readonly project: string;
  readonly columns: readonly ColumnSchema[];
  readonly actor: string;
  /** The statistics that it was inferred from. */
  readonly inferredFrom?: Digest;
  readonly request?: RequestIdentity;
}

/** Keeps a schema, bytes first. Equal columns give the same schema. */
export async function keepSchema(deps: Deps, schema: NewSchema): Promise<Schema> {
  const { project, columns, actor, inferredFrom, request } = schema;
  checkSchema(columns);
  const text = schemaText(columns);
  const digest = digestOfBytes(text);
  await deps.blobs.put(Buffer.from(text), { expectedDigest: digest });
  const name = schemaName.format({ project, schema: idOfDigest(digest) });
  const timeMs = deps.clock.now();
  const record = lineageOf({
    project,
    kind: "VALIDATE",
    resource: name,
    actor,
    timeMs,
    inputs: inferredFrom ? [{ digest: inferredFrom, role: "statistics" }] : [],
    output: { digest, kind: "SCHEMA", sizeBytes: Buffer.byteLength(text) },
  });
  const thing = { name, digest, columns, createTimeMs: timeMs };
  return deps.schemas.add({ thing, record, ...(request ? { request } : {}) });
}

/** Proposes a schema that the data behind some statistics fits, and keeps it. */
export async function proposeSchema(deps: Deps, statistics: string, actor: string): Promise<Schema> {
  const { project } = statisticsName.parse(statistics, "statistics");
  const { columns, digest } = await getStatistics(deps, statistics);
  return keepSchema(deps, { project, columns: inferSchema(columns), actor, inferredFrom: digest });
}

/** Fails with NOT_FOUND. */
export async function getSchema({ schemas }: Deps, name: string): Promise<Schema> {
  const found = await schemas.find(name);
  if (!found) throw notFound(name);
  return found;
}

/** What is not as a schema says. Fails with NOT_FOUND; anomalies are an answer. */
export async function validate(deps: Deps, statistics: string, schema: string): Promise<readonly Anomaly[]> {
  requireProject(statisticsName.parse(statistics, "statistics").project, schema, "schema");
  const { columns } = await getSchema(deps, schema);
  return validateStatistics(await getStatistics(deps, statistics), columns);
}
