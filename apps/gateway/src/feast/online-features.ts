import {
  type FeatureColumn,
  OnlineService,
  type ReadColumnsRequest,
  type ReadColumnsResponse,
  type ReadView,
} from "@throughline/contracts/throughline/features/v1/online_service_pb";
import type { Value, ValueList } from "@throughline/contracts/throughline/type/v1/value_pb";
import { answerJson } from "../json-answer.ts";
import { type BodyFields, BodyProblem, flag, optionalText, optionalTexts, requiredLists } from "./body-fields.ts";
import { columnTexts } from "./column-text.ts";
import { asFeastError, nameCollision, refused } from "./errors.ts";
import { type FeastCall, readAtOnce } from "./feast-call.ts";
import { isSame, referenceFields, selectionsOf } from "./feature-references.ts";

type Asked = Pick<ReadColumnsRequest, "parent" | "featureService" | "views">;

/** `POST /get-online-features`: features of a feature service, or `view:feature` references, by column. */
export async function getOnlineFeatures(call: FeastCall, body: BodyFields): Promise<void> {
  const entities = requiredLists(body, "entities");
  const hasFullNames = flag(body, "full_feature_names");
  const withVersions = flag(body, "include_feature_view_version_metadata");
  const names = Object.keys(entities);
  // A message as it is, which a service of the same process takes without making another of it.
  const asked: ReadColumnsRequest = {
    $typeName: "throughline.features.v1.ReadColumnsRequest",
    ...selection(call.project, body),
    version: 0n,
    fields: fieldsOf(entities),
    convertValues: true,
  };
  let answer: ReadColumnsResponse;
  try {
    answer = await readAtOnce(call, OnlineService.method.readColumns, asked);
  } catch (error) {
    throw asFeastError(error, fieldsOfCaller(body));
  }
  const columns = inOrder(answer.columns, names);
  const featureNames = columns.map(hasFullNames ? (it) => fullName(it, answer.views) : (it) => it.name);
  const more = withVersions ? `,"feature_view_metadata":${JSON.stringify(answer.views.map(versionOf))}` : "";
  const results = columnTexts(columns, answer.views);
  const text = `{"results":[${results}],"metadata":{"feature_names":${namesText(featureNames)}${more}}}`;
  answerJson(call.response, text);
}

const idOf = ({ view }: ReadView): string => view.slice(view.lastIndexOf("/") + 1);
const versionOf = (it: ReadView) => ({ name: idOf(it), version: Number(it.version) });

function fullName({ viewIndex, name }: FeatureColumn, views: readonly ReadView[]): string {
  const view = views[viewIndex];
  return view ? `${idOf(view)}__${name}` : name;
}

function selection(project: string, body: BodyFields): Asked {
  const parent = `projects/${project}`;
  const service = optionalText(body, "feature_service");
  const features = optionalTexts(body, "features") ?? [];
  if (service !== undefined && service !== "")
    return { parent, featureService: `${parent}/featureServices/${encodeURIComponent(service)}`, views: [] };
  if (features.length === 0) throw refused("No features specified for retrieval");
  return { parent, featureService: "", views: selectionsOf(project, features) };
}

/** What the caller calls the fields of the read. */
function fieldsOfCaller(body: BodyFields): (path: string) => string {
  const ofViews = referenceFields(optionalTexts(body, "features") ?? []);
  return (path) => {
    const [, name, row] = /^fields\["(.*)"\](?:\.values\[(\d+)\])?$/s.exec(path) ?? [];
    if (name !== undefined) return `entities.${name}${row === undefined ? "" : `[${row}]`}`;
    if (/^fields\b/.test(path)) return "entities";
    return /^views\b/.test(path) ? ofViews(path) : path;
  };
}

/** The fields of the request in its own order, and then the features. */
function inOrder(columns: readonly FeatureColumn[], names: readonly string[]): readonly FeatureColumn[] {
  if ((columns[names.length]?.viewIndex ?? 0) >= 0 && isBegin(names, columns)) return columns;
  const fields = new Map(columns.filter((it) => it.viewIndex < 0).map((it) => [it.name, it]));
  const given = names.flatMap((it) => fields.get(it) ?? []);
  return [...given, ...columns.filter((it) => it.viewIndex >= 0)];
}

function isBegin(names: readonly string[], columns: readonly FeatureColumn[]): boolean {
  for (let i = 0; i < names.length; i++) if (names[i] !== columns[i]?.name) return false;
  return true;
}

/** The names of the last answer: callers ask for the same features again and again. */
let last: { readonly names: readonly string[]; readonly text: string } = { names: [], text: "[]" };

/** Names as JSON. Fails with FEATURE_NAME_COLLISION if two are the same. */
function namesText(names: readonly string[]): string {
  if (!isSame(names, last.names)) {
    refuseTwins(names);
    last = { names, text: JSON.stringify(names) };
  }
  return last.text;
}

function refuseTwins(names: readonly string[]): void {
  const seen = new Set<string>();
  for (const it of names) {
    if (seen.has(it)) throw nameCollision(it);
    seen.add(it);
  }
}

function fieldsOf(entities: Readonly<Record<string, readonly unknown[]>>): Record<string, ValueList> {
  const fields: Record<string, ValueList> = {};
  for (const [name, values] of Object.entries(entities)) {
    fields[name] = { $typeName: "throughline.type.v1.ValueList", values: values.map((it, i) => valueIn(it, name, i)) };
  }
  return fields;
}

/** A value by what JSON says of it; the feature store takes it for the type of the field. */
function valueIn(value: unknown, name: string, row: number): Value {
  return { $typeName: "throughline.type.v1.Value", kind: kindOf(value, name, row) };
}

function kindOf(value: unknown, name: string, row: number): Value["kind"] {
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? { case: "int64Value", value: BigInt(value) } : { case: "float64Value", value };
  if (typeof value === "string") return { case: "stringValue", value };
  if (value === null) return { case: undefined };
  if (typeof value === "boolean") return { case: "boolValue", value };
  if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return { case: "int64Value", value };
  throw new BodyProblem({
    type: "value_error",
    loc: ["body", "entities", name, row],
    msg: "Input should be a text, a truth value, null, or a number of at most 64 bits",
  });
}
