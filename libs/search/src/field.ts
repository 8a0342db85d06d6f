import type { Dialect } from "./dialect.ts";
import { type Source, wrong } from "./errors.ts";
import { unescaped } from "./escapes.ts";
import type { DatasetKey, Field, LineageKey } from "./expression.ts";
import { nearest } from "./nearest.ts";

/** The names that a field may begin with, before its first dot. */
const ENTITIES: Readonly<Record<string, Field["entity"]>> = {
  metric: "metric",
  metrics: "metric",
  param: "param",
  params: "param",
  parameter: "param",
  parameters: "param",
  tag: "tag",
  tags: "tag",
  attr: "attribute",
  attribute: "attribute",
  attributes: "attribute",
  run: "attribute",
  dataset: "dataset",
  datasets: "dataset",
  inputs: "dataset",
  trained_on: "lineage",
  served_by: "lineage",
};

/** The name that messages and printed filters use. */
export const PREFIXES: Readonly<Record<Field["entity"], string>> = {
  metric: "metrics",
  param: "params",
  tag: "tags",
  attribute: "attributes",
  dataset: "dataset",
  lineage: "",
};

const DATASET_KEYS: readonly DatasetKey[] = ["name", "digest", "context"];

const LINEAGE_KEYS: readonly LineageKey[] = [
  "trained_on.feature_view",
  "trained_on.training_set",
  "trained_on.source",
  "served_by.deployment",
  "served_by.release",
];

/** A field as it stands in the text: `raw` at index `at`, quotes and all. */
export interface Written {
  readonly raw: string;
  readonly at: number;
}

/** The field of that name, by the dialect; fails with FIELD_UNKNOWN if there is none. */
export function fieldNamed(written: Written, dialect: Dialect, source: Source): Field {
  const dot = written.raw.indexOf(".");
  const name = dot < 0 ? "attributes" : withoutBackticks(written.raw.slice(0, dot));
  const key = keyWithoutQuotes(dot < 0 ? written.raw : written.raw.slice(dot + 1));
  const entity = Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : undefined;
  const unknown = (expected: string, advice?: string) =>
    wrong(source, {
      fault: "FIELD_UNKNOWN",
      at: written.at,
      found: written.raw,
      expected,
      ...(advice === undefined ? {} : { advice }),
    });
  if (entity === undefined || (entity !== "attribute" && !dialect.entities.includes(entity)))
    throw unknown(`a field of ${dialect.things}`, fieldAdvice(name, dialect));
  if (entity === "attribute") return attribute(key, dialect, unknown);
  if (entity === "dataset") return dataset(name, key, unknown);
  if (entity === "lineage") return lineage(`${name}.${key}`, unknown);
  if (key === "")
    throw unknown(`the key of a ${entity}`, `Write it after the dot, as in ${PREFIXES[entity]}.\`a key\`.`);
  return { entity, key };
}

type Unknown = (expected: string, advice?: string) => Error;

function attribute(key: string, dialect: Dialect, unknown: Unknown): Field {
  const name = Object.hasOwn(dialect.synonyms, key) ? (dialect.synonyms[key] as string) : key;
  const type = Object.hasOwn(dialect.attributes, name) ? dialect.attributes[name] : undefined;
  if (type !== undefined) return { entity: "attribute", key: name, type };
  const names = Object.keys(dialect.attributes);
  const close = nearest(key, names);
  throw unknown(
    `an attribute of ${dialect.things}`,
    close === undefined ? fieldAdvice(key, dialect) : `Did you mean ${close}?`,
  );
}

function dataset(name: string, key: string, unknown: Unknown): Field {
  const nested = key.startsWith("dataset.") ? keyWithoutQuotes(key.slice("dataset.".length)) : undefined;
  const asked = name === "inputs" ? nested : key;
  const known = DATASET_KEYS.find((it) => it === asked);
  if (known !== undefined) return { entity: "dataset", key: known };
  throw unknown("a field of data sets", `They are ${DATASET_KEYS.map((it) => `dataset.${it}`).join(", ")}.`);
}

function lineage(key: string, unknown: Unknown): Field {
  const known = LINEAGE_KEYS.find((it) => it === key);
  if (known !== undefined) return { entity: "lineage", key: known };
  throw unknown("a field of lineage", `They are ${LINEAGE_KEYS.join(", ")}.`);
}

function fieldAdvice(name: string, dialect: Dialect): string {
  const prefixes = dialect.entities.flatMap((it) => (it === "lineage" ? [] : [`${PREFIXES[it]}.`]));
  const close = nearest(
    name,
    prefixes.map((it) => it.slice(0, -1)),
  );
  if (close !== undefined && close !== name) return `Did you mean ${close}?`;
  const lineageFields = dialect.entities.includes("lineage") ? [...LINEAGE_KEYS] : [];
  return `There are ${[...prefixes, ...lineageFields, ...Object.keys(dialect.attributes)].join(", ")}.`;
}

/** One layer of ' or " around the key goes, then one of backticks, as MLflow does it. E'…' is ours: any key can be written so. */
function keyWithoutQuotes(key: string): string {
  if (/^[eE]'.*'$/su.test(key)) return unescaped(key.slice(2, -1)) ?? "";
  const quoted = key.length >= 2 && (key[0] === "'" || key[0] === '"') && key.at(-1) === key[0];
  return withoutBackticks(quoted ? key.slice(1, -1) : key);
}

const withoutBackticks = (name: string): string =>
  name.length >= 2 && name.startsWith("`") && name.endsWith("`") ? name.slice(1, -1) : name;
