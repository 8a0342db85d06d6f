import { readFileSync } from "node:fs";
import { isDomainError } from "@throughline/kernel";
import { describe, expect, test } from "vitest";
import { compareBy, type OrderLookup } from "./compare-by.ts";
import { type Dialect, EXPERIMENTS, LOGGED_MODELS, MODEL_VERSIONS, REGISTERED_MODELS, RUNS } from "./dialect.ts";
import type { Expression, Field } from "./expression.ts";
import { fieldNamed } from "./field.ts";
import { type Lookup, matches } from "./matches.ts";
import { parseFilter } from "./parse-filter.ts";
import { type OrderClause, parseOrderBy } from "./parse-order-by.ts";

/** What MLflow 3.17.2 answered, made by oracle/oracle.py: what its parser understood, and the indexes of the things that it found. */
interface Line {
  readonly dialect: keyof typeof DIALECTS;
  readonly filter?: string;
  readonly orderBy?: readonly (string | Readonly<Record<string, unknown>>)[];
  readonly refused?: string;
  readonly clauses?: readonly Clause[];
  readonly found?: readonly number[];
}

type Clause = readonly [entity: string, key: string, operator: string, value: unknown];

interface Thing {
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly metrics?: Readonly<Record<string, number | "nan" | "inf" | "-inf">>;
  readonly params?: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly datasets?: readonly Readonly<Record<string, string>>[];
  readonly modelMetrics?: readonly ModelMetric[];
}

interface ModelMetric {
  readonly key: string;
  readonly value: number;
  readonly step: number;
  readonly name: string | null;
  readonly digest: string | null;
}

const DIALECTS = {
  runs: RUNS,
  experiments: EXPERIMENTS,
  logged_models: LOGGED_MODELS,
  registered_models: REGISTERED_MODELS,
  model_versions: MODEL_VERSIONS,
} satisfies Record<string, Dialect>;

/** What we take and MLflow refuses: the superset. Each must be needed by some line. */
const BEYOND: Readonly<Record<string, RegExp>> = {
  "OR, NOT and brackets": / OR |^NOT |^\(|AND \(/,
  "NOT LIKE": / NOT LIKE '/,
  "lists on any field": / (NOT )?IN \(.+\)$/i,
  "null tests on any field, with any spaces": / IS\s+(NOT\s+)?NULL$/i,
  "numbers of params": /^params\.lr (=|!=|[<>]=?) -?[\d.]/,
  "texts with escapes": / = E'x'$/,
  "keys with escapes": /^tags\.E'/,
  "bare keys": /^tags\.(a[-/$#@:]b|1|from|in) /,
  "a plus in numbers": /\+\d+$/,
  "attributes that MLflow does not search, and names of others":
    /^(lifecycle_stage|experiment_id|creation_timestamp|last_updated_time|attributes\.name|`name`) /,
  "parts of milliseconds": /^creation_time .*(\.\d|e-3)/,
  "operators in lower case everywhere": / like '| Like '/,
};

/** What MLflow takes by accident of its tokenizers and we refuse. Each must be needed by some line. */
const ACCIDENTS: Readonly<Record<string, RegExp>> = {
  "keys that MLflow lets nobody write: empty, led by a space, with brackets or a star":
    /^(tags|metrics)\.( |\.|\*|\w+[[(])/,
  "texts of Python side by side, or in double brackets": /IN \(\(|' ?'/,
  "empty lists and NULL as a text, in searches of logged models": / (IN \(\)|= null)$/,
  "pieces of SQL as a text, in searches of logged models": / (\?|:x|\$1)$|'x'(::| \|\|| &&)/,
};

/** Where the same text has another meaning with us, on purpose; both in MLflow's search of logged models, whose parser is one of its own. */
const OTHERWISE: Readonly<Record<string, RegExp>> = {
  "double quotes are part of the text there, and of no other search of MLflow": / = "[^"]*"$| = "it's"$|And .* = "y"$/,
  "a number beside a param is a number with us, and a text there": /^params\.lr != 1$/,
};

const folder = new URL("../oracle/", import.meta.url);
const things = JSON.parse(readFileSync(new URL("things.json", folder), "utf8")) as Record<Line["dialect"], Thing[]>;
const lines = readFileSync(new URL("corpus.jsonl", folder), "utf8")
  .trim()
  .split("\n")
  .map((it) => JSON.parse(it) as Line);
const filters = lines.filter((it) => it.filter !== undefined) as (Line & { readonly filter: string })[];
const orders = lines.filter((it) => it.orderBy !== undefined);

const some = (reasons: Readonly<Record<string, RegExp>>, text: string): boolean =>
  Object.values(reasons).some((it) => it.test(text));

const otherwise = ({ dialect, filter = "" }: Line): boolean => dialect === "logged_models" && some(OTHERWISE, filter);

/** The filter's tree, or "refused" if it is the caller's fault. */
function understood({ filter, dialect }: { readonly filter: string; readonly dialect: Line["dialect"] }) {
  try {
    return parseFilter(filter, DIALECTS[dialect]);
  } catch (error) {
    if (isDomainError(error) && error.kind === "invalid") return "refused";
    throw error;
  }
}

describe("MLflow's own answers", () => {
  test("what MLflow refuses we refuse, but for the superset", () => {
    const refused = filters.filter((it) => it.refused !== undefined);
    const taken = refused.filter((it) => understood(it) !== "refused").map((it) => it.filter);
    expect(taken.filter((it) => !some(BEYOND, it))).toEqual([]);
    for (const reason of Object.values(BEYOND)) expect(taken.some((it) => reason.test(it))).toBe(true);
    expect(refused.length).toBeGreaterThan(1000);
  });

  test("what MLflow takes we take, but for its accidents", () => {
    const refused = filters.filter((it) => it.found && understood(it) === "refused").map((it) => it.filter);
    expect(refused.filter((it) => !some(ACCIDENTS, it))).toEqual([]);
    for (const reason of Object.values(ACCIDENTS)) expect(refused.some((it) => reason.test(it))).toBe(true);
  });

  test("what both take has the same fields, operators and values", () => {
    const both = filters.filter((it) => it.clauses && understood(it) !== "refused" && !otherwise(it));
    for (const line of both) {
      const ours = clausesOf(understood(line) as Expression | undefined);
      const theirs = line.clauses?.map((it) => translated(it, DIALECTS[line.dialect]));
      expect({ filter: line.filter, clauses: ours }).toEqual({ filter: line.filter, clauses: theirs });
    }
    expect(both.length).toBeGreaterThan(600);
  });

  test("what both take finds the same things", () => {
    for (const line of filters) {
      const expression = understood(line);
      if (!line.found || expression === "refused" || otherwise(line)) continue;
      const ours = things[line.dialect].flatMap((it, i) =>
        !expression || matches(expression, lookupOf(it)) ? [i] : [],
      );
      expect([line.filter, ...ours]).toEqual([line.filter, ...line.found.toSorted((a, b) => a - b)]);
    }
  });

  test.each(orders.map((it) => [`${it.dialect} by ${JSON.stringify(it.orderBy)}`, it] as const))("%s", (_, line) => {
    const { dialect, orderBy, refused, found } = line;
    const parse = () => parseOrderBy(orderBy?.map(clauseOf) ?? [], DIALECTS[dialect]);
    if (refused !== undefined && !ORDERS_BEYOND.includes(JSON.stringify(orderBy))) {
      expect(parse).toThrow(expect.objectContaining({ kind: "invalid", reason: expect.stringMatching(/^ORDER_BY_/) }));
      return;
    }
    const order = compareBy(parse(), (it: number) => orderLookupOf(things[dialect][it] as Thing));
    const sorted = [...things[dialect].keys()].sort(order);
    if (found) expect(sorted).toEqual(found);
  });
});

/** Orders that MLflow refuses and we take: more attributes, tags, and whole names in quotes. */
const ORDERS_BEYOND = [
  '["`metrics.a`"]',
  '["`run name`"]',
  '["lifecycle_stage"]',
  '["attributes.name"]',
  '["tags.team"]',
  '["run_id"]',
  '["tags.stage"]',
];

function clauseOf(it: string | Readonly<Record<string, unknown>>): OrderClause {
  if (typeof it === "string") return it;
  return {
    fieldName: String(it["field_name"]),
    ...("ascending" in it ? { ascending: it["ascending"] === true } : {}),
    ...("dataset_name" in it ? { datasetName: String(it["dataset_name"]) } : {}),
    ...("dataset_digest" in it ? { datasetDigest: String(it["dataset_digest"]) } : {}),
  };
}

/** The tests of a filter without OR and NOT, in MLflow's form. */
function clausesOf(expression: Expression | undefined): readonly unknown[] {
  if (expression === undefined) return [];
  if (expression.kind === "and") return expression.operands.flatMap(clausesOf);
  if (expression.kind === "or" || expression.kind === "not") throw new Error("MLflow has none of these");
  const { field } = expression;
  const not = "negated" in expression && expression.negated ? "NOT " : "";
  if (expression.kind === "isNull") return [{ field, operator: `IS ${not}NULL`, value: null }];
  if (expression.kind === "in") return [{ field, operator: `${not}IN`, value: expression.values.map(String) }];
  if (expression.kind === "comparison")
    return [{ field, operator: expression.operator, value: String(expression.value) }];
  return [{ field, operator: expression.caseSensitive ? "LIKE" : "ILIKE", value: expression.pattern }];
}

function translated([entity, key, operator, value]: Clause, dialect: Dialect): unknown {
  const quoted = key.includes("`") || /^["']/.test(key) ? `"${key}"` : `\`${key}\``;
  const raw = key === "" ? `${entity}.` : `${entity}.${quoted}`;
  const field = fieldNamed({ raw, at: 0 }, dialect, { text: raw, path: "filter", kind: "FILTER" });
  const isNumber = field.entity === "metric" || (field.entity === "attribute" && field.type !== "text");
  const scalar = (it: unknown): string => (isNumber ? String(Number(it)) : String(it));
  if (value === null) return { field, operator, value };
  return { field, operator, value: Array.isArray(value) ? value.map(scalar) : scalar(value) };
}

const NUMBERS = { nan: Number.NaN, inf: Number.POSITIVE_INFINITY, "-inf": Number.NEGATIVE_INFINITY };

const lookupOf =
  (thing: Thing): Lookup =>
  (field: Field) => {
    if (field.entity === "attribute") return own(thing.attributes, field.key);
    if (field.entity === "tag") return own(thing.tags, field.key);
    if (field.entity === "param") return own(thing.params ?? {}, field.key);
    if (field.entity === "dataset") return thing.datasets?.flatMap((it) => own(it, field.key) ?? []);
    if (thing.modelMetrics) return thing.modelMetrics.filter((it) => it.key === field.key).map((it) => it.value);
    const value = own(thing.metrics ?? {}, field.key);
    return typeof value === "string" ? NUMBERS[value] : value;
  };

const orderLookupOf =
  (thing: Thing): OrderLookup =>
  ({ field, dataset }) => {
    if (field.entity !== "metric" || !thing.modelMetrics) return lookupOf(thing)(field) as string | number | undefined;
    return thing.modelMetrics
      .filter((it) => it.key === field.key && (!dataset || it.name === dataset.name))
      .filter((it) => dataset?.digest === undefined || it.digest === dataset.digest)
      .sort((a, b) => b.step - a.step)[0]?.value;
  };

const own = <V>(record: Readonly<Record<string, V>>, key: string): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
