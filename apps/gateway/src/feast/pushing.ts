import { FeatureStoreService, type Row } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { type Column, type Value, ValueType } from "@throughline/contracts/throughline/type/v1/value_pb";
import { type BodyFields, isObject, optionalText, requiredObject, requiredText } from "./body-fields.ts";
import { asFeastError, refused } from "./errors.ts";
import { type FeastCall, readFrom, writeTo } from "./feast-call.ts";
import { columnValue } from "./frame-value.ts";

/** Where Feast lets a push go. Here it always goes to both: what is online is what is trained on. */
const GOALS = ["online", "offline", "online_and_offline"];

/** `POST /push`: rows of a data frame into a source. */
export async function push(call: FeastCall, body: BodyFields): Promise<void> {
  const id = requiredText(body, "push_source_name");
  const frame = requiredObject(body, "df");
  const to = optionalText(body, "to") ?? "online";
  if (!GOALS.includes(to))
    throw refused(`${to.slice(0, 200)} is not a supported push format. Please specify one of ${GOALS.join(", ")}.`);
  await pushFrame(call, `projects/${call.project}/sources/${encodeURIComponent(id)}`, frame);
  call.response.writeHead(200, { "content-length": 0 }).end();
}

/** `POST /write-to-online-store`: rows of a data frame into the source of a view. */
export async function writeToOnlineStore(call: FeastCall, body: BodyFields): Promise<void> {
  const view = requiredText(body, "feature_view_name");
  const frame = requiredObject(body, "df");
  const name = `projects/${call.project}/featureViews/${encodeURIComponent(view)}`;
  const reading = readFrom(call, FeatureStoreService.method.getFeatureView, { name });
  const { featureView } = await told(reading, "feature_view_name");
  await pushFrame(call, featureView?.source ?? "", frame);
  call.response.writeHead(200, { "content-type": "application/json", "content-length": 4 }).end("null");
}

/** The answer of a call about what the caller's field `named` names. */
const told = <T>(answer: Promise<T>, named: string): Promise<T> =>
  answer.catch((error: unknown) => {
    throw asFeastError(error, (path) => (path === "name" ? named : frameField(path)));
  });

/** What the caller calls a field of the rows: `df.label[3]` of a text that is too long. */
function frameField(path: string): string {
  const [, row, name] = /^rows\[(\d+)\]\.values\["(.*)"\]/s.exec(path) ?? [];
  return name === undefined ? path.replace(/^rows\b/, "df") : `df.${name}[${row}]`;
}

async function pushFrame(call: FeastCall, name: string, frame: Readonly<Record<string, unknown>>): Promise<void> {
  const { source } = await told(readFrom(call, FeatureStoreService.method.getSource, { name }), "push_source_name");
  const rows = rowsOf(frame, source?.columns ?? []);
  // Feast has nothing against a frame without rows.
  if (rows.length > 0) {
    const writing = writeTo(call, FeatureStoreService.method.pushRows, { source: name, rows });
    await told(writing, "push_source_name");
  }
}

/** The rows of a frame. Columns that the source has not are passed over, as Feast does. */
function rowsOf(frame: Readonly<Record<string, unknown>>, columns: readonly Column[]): Row[] {
  const lists = Object.entries(frame).map(([name, values]) => [name, listOf(name, values)] as const);
  const rowCount = lists[0]?.[1].length ?? 0;
  if (lists.some(([, values]) => values.length !== rowCount)) throw refused("All arrays must be of the same length");
  const types = new Map(columns.map((it) => [it.name, it.type]));
  const known = lists.filter(([name]) => types.has(name));
  return Array.from({ length: rowCount }, (_, row) => {
    const values: Record<string, Value> = {};
    for (const [name, list] of known) {
      values[name] = columnValue(list[row], types.get(name) ?? ValueType.UNSPECIFIED, () => `df.${name}[${row}]`);
    }
    return { $typeName: "throughline.features.v1.Row", values };
  });
}

/** A list, or an object of values by index, which is what pandas makes of a column if it is not told otherwise. */
function listOf(name: string, values: unknown): readonly unknown[] {
  if (Array.isArray(values)) return values;
  if (isObject(values)) return Object.values(values);
  throw refused(`df.${name} is no list. Give the columns of the frame as lists of the same length.`);
}
