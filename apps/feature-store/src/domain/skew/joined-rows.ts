import type { BlobStore } from "@throughline/blobs";
import type { Digest } from "@throughline/kernel";
import type { TableEngine, WrittenTable } from "@throughline/tables";
import type { BoundSelection, BoundService, ServiceFeature } from "../feature-service.ts";
import { joinPlan, type SourceFiles, sourceFiles } from "../join-plan.ts";
import type { Run } from "../load-source.ts";
import { computeRows, outputsOf } from "../on-demand/computed-rows.ts";
import type { ScratchFiles } from "../scratch.ts";
import type { DataFile, SegmentLog } from "../segment.ts";
import { typed } from "../served/served-table.ts";
import type { ServedPredictions } from "../served/serving-log.ts";
import type { Source } from "../source.ts";
import { segmentColumns } from "../source-rows.ts";
import type { ValueType } from "../value-type.ts";
import { featureName } from "../view-selection.ts";

/** A feature that was served and is joined. */
export interface ComparedFeature {
  readonly name: string;
  readonly view: string;
  readonly viewVersion: number;
  readonly servedViewVersion: number;
  readonly type: ValueType;
  /** Column of the rows with the served value; the joined one is under the feature's name. */
  readonly served: string;
  /** Column of the file of predictions. */
  readonly logged: string;
}

/** The features of views, and of on-demand views, that both versions of a service have with one type, in the order of the joined one. */
export function comparedFeatures(
  joined: BoundService,
  { bound, served }: { readonly bound: BoundService; readonly served: ServedPredictions },
): readonly ComparedFeature[] {
  const before = new Map(bound.features.map((it) => [it.name, it]));
  return joined.features.flatMap((it) => {
    const known = before.get(it.name);
    if (it.from === "request" || !known || known.from !== it.from || typeOf(known) !== typeOf(it)) return [];
    const i = served.features.indexOf(it.name);
    const logged = served.featureColumns[i];
    return logged === undefined
      ? []
      : [
          {
            name: it.name,
            view: it.view.id,
            viewVersion: it.view.version,
            servedViewVersion: known.view.version,
            type: typeOf(it),
            served: `l${i}`,
            logged,
          },
        ];
  });
}

const typeOf = (it: ServiceFeature): ValueType => (it.from === "view" ? it.feature.type : it.type);

/** The columns of a spine that hold key fields and what on-demand views read of requests, by the field. */
export type KeyColumns = ReadonlyMap<string, { readonly name: string; readonly type: ValueType }>;

/** Columns for all such fields of some services. Feature names have two underscores in them; names of ours have none. */
export function keyColumns(services: readonly BoundService[]): KeyColumns {
  const keys = services.flatMap((it) => it.views.flatMap((view) => view.keys));
  const types = new Map(keys.map(({ field, type }) => [field, type]));
  for (const bound of services) {
    const read = new Set(outputsOf(bound).flatMap((it) => it.expression.variables));
    for (const { name, type } of bound.service.requestFeatures) if (read.has(name)) types.set(name, type);
  }
  return new Map([...types].sort().map(([field, type], i) => [field, { name: `k${i}`, type }]));
}

/** Where predictions are, and where their spine goes. */
export interface SpineFiles {
  /** Path of the file of predictions. */
  readonly predictions: string;
  readonly output: string;
  readonly signal: AbortSignal;
}

/** Writes what is joined and compared of predictions: `n` (the row's number from 0), `p` (its name), `t` (when it was given). */
export async function writeSpine(
  tables: Pick<TableEngine, "writeQuery" | "inspect">,
  { keys, features }: { readonly keys: KeyColumns; readonly features: readonly ComparedFeature[] },
  { predictions, output, signal }: SpineFiles,
): Promise<WrittenTable> {
  const there = new Set((await tables.inspect({ path: predictions, format: "parquet" })).columns.map((it) => it.name));
  const fields = [...keys].map(([field, { name, type }]) =>
    // A field that no caller sent is missing in all rows, and then nothing matches.
    there.has(`entity__${field}`) ? typed(`entity__${field}`, type, name) : typedNull(type, name),
  );
  const columns = [
    "row_number() OVER () - 1 AS n",
    ...["prediction AS p", "as_of", "time AS t"],
    ...fields,
    ...features.map((it) => typed(it.logged, it.type, it.served)),
  ];
  const sql = `SELECT ${columns.join(", ")} FROM predictions`;
  return tables.writeQuery({ sql, inputs: { predictions: [predictions] }, output }, { signal });
}

const typedNull = (type: ValueType, name: string): string => typed("none", type, name).replace('"none"', "NULL");

/** What joining needs. */
export interface JoiningDeps {
  readonly tables: TableEngine;
  tablesOf(project: string): TableEngine;
  readonly blobs: Pick<BlobStore, "localFile">;
  readonly segments: Pick<SegmentLog, "files">;
  source(project: string, id: string): Promise<Source>;
}

/** The files of each source at a data version, and their digests. */
export interface FilesOfSources {
  readonly files: ReadonlyMap<string, SourceFiles>;
  readonly digests: readonly Digest[];
}

/** When, and where from, the files of sources are read. */
export interface FilesAt {
  readonly dataVersion: number;
  readonly scratch: ScratchFiles;
  /** Gives the path of a file of a source, of which these views are. */
  readonly local: (file: DataFile, views: readonly BoundSelection[]) => Promise<string>;
}

/** Finds the files of the views' sources at a data version. */
export async function filesOfSources(
  deps: Omit<JoiningDeps, "blobs" | "tablesOf">,
  { views }: Pick<BoundService, "views">,
  { dataVersion, scratch, local }: FilesAt,
): Promise<FilesOfSources> {
  const found = new Map<string, SourceFiles>();
  const digests: Digest[] = [];
  for (const [id, ofSource] of Map.groupBy(views, (it) => it.view.source)) {
    const project = ofSource[0]?.view.project ?? "";
    const files = await deps.segments.files(project, id, dataVersion);
    digests.push(...files.map((it) => it.digest));
    const paths: string[] = [];
    for (const it of files) paths.push(await local(it, ofSource));
    const columns = segmentColumns(await deps.source(project, id));
    if (paths.length === 0) {
      // A file without rows stands for a source without segments, so that the join has columns to look at.
      const output = scratch.path(`no-rows-${id}.parquet`);
      paths.push((await deps.tables.importRows({ columns, output }, [])).path);
    }
    found.set(id, sourceFiles(paths, files, columns));
  }
  return { files: found, digests };
}

/** A spine that was written, and what is joined to it. */
export interface Joining {
  readonly spine: Pick<WrittenTable, "path" | "columns">;
  readonly keys: KeyColumns;
  readonly joined: BoundService;
  /** Names of the features that are wanted. */
  readonly features: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, SourceFiles>;
  readonly output: string;
  readonly run: Pick<Run, "signal">;
  readonly onProgress?: (share: number) => void;
}

/** What joins, and what computes. */
export interface JoiningEngines {
  readonly engine: Pick<TableEngine, "pointInTimeJoin">;
  readonly local: TableEngine;
}

/** Joins features to a spine of `writeSpine`, whose columns all stay in the rows. */
export async function joinRows(
  { engine, local }: JoiningEngines,
  { spine, keys, joined, features, files, output, run, onProgress }: Joining,
): Promise<WrittenTable> {
  const outputs = outputsOf(joined).filter((it) => features.has(it.name));
  const inputs = new Set(outputs.flatMap((it) => it.expression.variables));
  const views = joined.views
    .map((it) => ({
      ...it,
      features: it.features.filter(({ name }) => isRead(featureName(it.view.id, name))),
      keys: it.keys.map((key) => ({ ...key, field: keys.get(key.field)?.name ?? key.field })),
    }))
    .filter((it) => it.features.length > 0);
  const spineColumns = spine.columns.map((it) => it.name);
  const plan = joinPlan({ views }, { spine: spine.path, spineColumns, cutoffColumn: "as_of", segments: files });
  const { signal } = run;
  const options = { signal, ...(onProgress && { onProgress }) };
  if (outputs.length === 0) return engine.pointInTimeJoin({ ...plan, output }, options);
  const table = await engine.pointInTimeJoin({ ...plan, output: `${output}.inputs.parquet` }, options);
  const dropped = new Set([...inputs].filter((it) => !features.has(it) && !keys.has(it)));
  const columnOf = (input: string): string => keys.get(input)?.name ?? input;
  return computeRows(local, { table, outputs, dropped, columnOf, output, signal });

  function isRead(name: string): boolean {
    return features.has(name) || inputs.has(name);
  }
}
