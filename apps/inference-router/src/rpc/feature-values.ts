import type { Client } from "@connectrpc/connect";
import type {
  FeatureColumn,
  OnlineService,
  ReadColumnsRequest,
  ReadColumnsResponse,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import type { ValueList } from "@throughline/contracts/throughline/type/v1/value_pb";
import { ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { type FeatureValue, LIMITS } from "@throughline/kernel";
import { fromNs, valueToProto } from "@throughline/rpc";
import { featureAbsent, featuresChanged } from "../domain/errors.ts";
import type { BoundFeatures, Entity } from "../domain/features.ts";
import type { ReleaseFeatures } from "../domain/release.ts";

interface Pinned {
  readonly client: Pick<Client<typeof OnlineService>, "readColumns">;
  /** Name of the release, for messages. */
  readonly release: string;
  readonly pinned: ReleaseFeatures;
}

/** Reads the values of a release's features for many rows, by column. */
export function featureValues({ client, release, pinned }: Pinned): BoundFeatures["fetchValues"] {
  const { service, version, digest, names } = pinned;
  const parent = service.slice(0, service.indexOf("/featureServices/"));
  /** Fields that features follow from, which the first answer tells: others need not travel. */
  let needed: readonly string[] | undefined;
  return async (rows, asOfNs, { headers }) => {
    // A whole message, of which none is made anew.
    const request: ReadColumnsRequest = {
      $typeName: "throughline.features.v1.ReadColumnsRequest",
      parent,
      featureService: service,
      version,
      views: [],
      fields: fieldsOf(needed ?? Object.keys(rows[0] ?? {}), rows),
      convertValues: false,
      asOf: fromNs(asOfNs),
    };
    const answer = await client.readColumns(request, { headers, timeoutMs: LIMITS.deadlineMsDefault });
    if (answer.digest !== digest)
      throw featuresChanged(release, `the feature store answered for ${answer.digest}, not ${digest}`);
    needed = answer.columns.filter((it) => it.viewIndex < 0).map((it) => it.name);
    const columns = columnsByName(answer);
    const values = names.map((name) => {
      const column = columns.get(name);
      if (column === undefined) throw featureAbsent(release, name);
      return valuesOf(column, rows.length);
    });
    return rows.map((_, row) => values.map((it) => it[row] ?? null));
  };
}

const fieldsOf = (names: readonly string[], rows: readonly Entity[]): Record<string, ValueList> =>
  Object.fromEntries(
    names.map((name) => [
      name,
      { $typeName: "throughline.type.v1.ValueList", values: rows.map((it) => valueToProto(it[name] ?? null)) },
    ]),
  );

/** By the names that features have in a vector: those of views with the id of the view. */
function columnsByName({ columns, views }: ReadColumnsResponse): ReadonlyMap<string, FeatureColumn> {
  const ids = views.map(({ view }) => view.slice(view.lastIndexOf("/") + 1));
  return new Map(columns.map((it) => [it.viewIndex < 0 ? it.name : `${ids[it.viewIndex]}__${it.name}`, it]));
}

function valuesOf(column: FeatureColumn, count: number): FeatureValue[] {
  const values = typedValues(column);
  if (values.length !== count) throw new Error(`${values.length} values of ${column.name} for ${count} rows`);
  for (const row of column.nullRows) values[row] = null;
  return values;
}

function typedValues(column: FeatureColumn): FeatureValue[] {
  switch (column.type) {
    case ValueType.BOOL:
      return [...column.boolValues];
    case ValueType.INT64:
      return [...column.int64Values];
    // The zero below zero is zero in every other message, and so in every vector.
    case ValueType.FLOAT64:
      return column.float64Values.map((it) => (it === 0 ? 0 : it));
    case ValueType.STRING:
      return [...column.stringValues];
    case ValueType.BYTES:
      return [...column.bytesValues];
    case ValueType.TIMESTAMP:
      return column.int64Values.map((ns) => ({ ns }));
    default:
      throw new Error(`${column.name} has a type that is not known: ${column.type}`);
  }
}
