import type { FeatureValue } from "@throughline/kernel";
import type { TableEngine } from "@throughline/tables";
import type { Catalog } from "../catalog.ts";
import type { Entity } from "../entity.ts";
import type { FeatureView } from "../feature-view.ts";
import type { LoadDeps } from "../load-source.ts";
import { sourceName, viewName } from "../names.ts";
import { quoted, wholeRows } from "../segment-query.ts";
import type { KeptFile } from "./forget-log.ts";

/** Which rows of a source are about an entity: SQL over its columns, and the values that it takes. */
export interface RowMatch {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, FeatureValue>>;
}

/** Every version of every view of a project. */
async function* viewsOf({ views }: Pick<Catalog, "views">, project: string): AsyncGenerator<FeatureView> {
  let token = "";
  do {
    const page = await views.list(project, { size: 0, token });
    for (const { id } of page.items) {
      // They are dense: the first that is not there is behind the last.
      for (let version = 1; ; version++) {
        const it = await views.get(project, id, version);
        if (!it) break;
        yield it;
      }
    }
    token = page.nextPageToken;
  } while (token !== "");
}

/** The sources that some version of some view reads for an entity, each with the columns that hold its keys there. */
export async function sourcesOf(
  catalog: Pick<Catalog, "views">,
  { project, id, keys }: Entity,
): Promise<ReadonlyMap<string, readonly (readonly string[])[]>> {
  const found = new Map<string, Map<string, readonly string[]>>();
  for await (const it of viewsOf(catalog, project)) {
    if (it.entity !== id) continue;
    const columns = keys.map((key) => it.keys.find((of) => of.name === key.name)?.column ?? key.name);
    const ofSource = found.get(it.source) ?? new Map<string, readonly string[]>();
    found.set(it.source, ofSource.set(JSON.stringify(columns), columns));
  }
  return new Map([...found].map(([source, columns]) => [source, [...columns.values()]]));
}

/** Names of the views that read some of the sources for other entities: what they computed of a row is about those, and has no key of this one. */
export async function viewsOfOthers(
  catalog: Pick<Catalog, "views">,
  { project, id }: Entity,
  sources: ReadonlySet<string>,
): Promise<readonly string[]> {
  const found = new Set<string>();
  for await (const it of viewsOf(catalog, project))
    if (it.entity !== id && sources.has(it.source)) found.add(viewName.format({ project, view: it.id }));
  return [...found];
}

/**
 * Names of the sources that have columns of the names and types of an entity's keys, though no view reads them for it. Whether
 * their rows are about the entity is not known.
 */
export async function unreadSources(
  { sources }: Pick<Catalog, "sources">,
  { project, keys }: Entity,
  read: ReadonlySet<string>,
): Promise<readonly string[]> {
  const found: string[] = [];
  let token = "";
  do {
    const page = await sources.list(project, { size: 0, token });
    for (const { id, columns, kind } of page.items) {
      const hasKeys = keys.every((key) => columns.some((it) => it.name === key.name && it.type === key.type));
      if (hasKeys && kind !== "request" && !read.has(id)) found.push(sourceName.format({ project, source: id }));
    }
    token = page.nextPageToken;
  } while (token !== "");
  return found;
}

/** `columns` are key columns, in the entity's order, in each way in which a view names them. */
export const rowMatch = (columns: readonly (readonly string[])[], key: readonly FeatureValue[]): RowMatch => ({
  sql: `coalesce(${columns
    .map((names) => `(${names.map((it, i) => `${quoted(it)} = $key${i}`).join(" AND ")})`)
    .join(" OR ")}, false)`,
  parameters: Object.fromEntries(key.map((it, i) => [`key${i}`, it])),
});

/** Files that one query looks into. */
const FILES_AT_ONCE = 32;

/** How many rows of each of some files match. */
export async function countMatching(
  { tables, blobs }: Pick<LoadDeps, "tables" | "blobs">,
  { files, match, signal }: Looking,
): Promise<readonly number[]> {
  const counts: number[] = [];
  for (let start = 0; start < files.length; start += FILES_AT_ONCE) {
    const some = files.slice(start, start + FILES_AT_ONCE);
    const paths = await Promise.all(some.map((it) => blobs.localFile(it.digest)));
    const inputs = Object.fromEntries(paths.map((path, i) => [`file${i}`, [path]]));
    const selects = some.map(
      (it, i) => `SELECT ${i}::BIGINT AS f, count(*) FILTER (${match.sql}) AS c FROM ${wholeRows(`file${i}`, it)}`,
    );
    const sql = `${selects.join(" UNION ALL ")} ORDER BY f`;
    const plan = { sql, parameters: match.parameters, inputs, rowsMax: some.length };
    const { rows } = await tables.query(plan, { signal });
    counts.push(...rows.map((it) => Number(it[1])));
  }
  return counts;
}

/** Where to look, and for what. */
export interface Looking {
  readonly files: readonly Pick<KeptFile, "digest" | "lacks">[];
  readonly match: RowMatch;
  readonly signal: AbortSignal;
}

/** The number of rows of one file that match. */
export async function countRows(
  tables: TableEngine,
  path: string,
  { match, signal }: Pick<Looking, "match" | "signal">,
): Promise<number> {
  const sql = `SELECT count(*) FILTER (${match.sql}) AS c FROM file`;
  const plan = { sql, parameters: match.parameters, inputs: { file: [path] }, rowsMax: 1 };
  return Number((await tables.query(plan, { signal })).rows[0]?.[0] ?? 0);
}
