import type { FeatureValue } from "@throughline/kernel";
import type { Row } from "@throughline/tables";
import { type Commit, checkKind, commitSegment, type LoadDeps, writeSegment } from "./load-source.ts";
import type { Materializer } from "./materialize.ts";
import type { OnlineLayouts } from "./online-layouts.ts";
import { problems } from "./problems.ts";
import type { Segment } from "./segment.ts";
import type { Source } from "./source.ts";
import { describeValue, isOfType } from "./value-type.ts";

/** One row as it comes: values by column. */
export type NamedValues = ReadonlyMap<string, FeatureValue>;

/** Rows to add to a source. */
export interface PushRequest extends Pick<Commit, "identity" | "actor" | "onward"> {
  readonly source: Source;
  readonly rows: readonly NamedValues[];
  readonly signal: AbortSignal;
}

/** What pushing needs. */
export interface PushDeps extends LoadDeps {
  readonly materializer: Materializer;
  readonly layouts: OnlineLayouts;
}

/** Adds rows, all or none. They are durable and online when it returns. */
export async function pushRows(deps: PushDeps, request: PushRequest): Promise<Segment> {
  const { source, signal, identity, actor, onward } = request;
  checkKind(source, "push");
  const values = rowsInOrder(source, request.rows);
  await using scratch = await deps.newScratch();
  const { written, rows } = await writeSegment(deps, source, { rows: values, scratch, signal });
  const added = { ...written, loadedDigest: undefined, actor };
  const commit = { added, identity, actor, loaded: undefined, ...(onward && { onward }) };
  const segment = await commitSegment(deps, commit);
  await deps.materializer.push(deps.layouts.of(source.project, source.id), { source, segment, rows });
  return segment;
}

/** The values in the order of the source's columns. Fails with INVALID_FIELD and every value that does not fit. */
function rowsInOrder(source: Source, rows: readonly NamedValues[]): readonly Row[] {
  const wrong = problems();
  const columns = new Set(source.columns.map((it) => it.name));
  const ordered = rows.map((row, i) => {
    for (const name of row.keys()) {
      if (!columns.has(name)) wrong.add(`rows[${i}].values["${name}"]`, `source ${source.id} has no such column`);
    }
    return source.columns.map(({ name, type }) => {
      const value = row.get(name) ?? null;
      if (!isOfType(value, type))
        wrong.add(`rows[${i}].values["${name}"]`, `it is ${describeValue(value)}, the column is ${type}`);
      return value;
    });
  });
  wrong.throwIfAny();
  return ordered;
}
