import { MLFLOW_TAGS } from "@throughline/kernel";
import type { DatasetKey, Field, In, Like, OrderField, OrderKey } from "@throughline/search";
import { type AttributeFilter, type AttributeName, type AttributeOrder, ID } from "@throughline/store";
import type { RunCondition, RunTest } from "../domain/run-condition.ts";
import { documentId } from "./collections.ts";
import { attributeNames, DATASETS_MAX } from "./run-attributes.ts";

const NOTHING: AttributeFilter = { or: [] };

/** A condition of runs in the words of the index. */
export function runFilter(condition: RunCondition, project: string): AttributeFilter {
  switch (condition.kind) {
    case "and":
      return { and: condition.operands.map((it) => runFilter(it, project)) };
    case "or":
      return { or: condition.operands.map((it) => runFilter(it, project)) };
    case "not":
      return { not: runFilter(condition.operand, project) };
    case "runs": {
      const { ids, datasetDigests } = condition;
      const readers = datasetDigests.map((it) => having(attributeNames.datasetValue("digest", it)));
      return { or: [{ attribute: ID, in: ids.map((id) => documentId({ project, id })) }, ...readers] };
    }
    case "test":
      return testFilter(condition.test, project);
  }
}

export const runOrder = (orderBy: readonly OrderKey[]): readonly AttributeOrder[] =>
  orderBy.map(({ field, direction }) => ({ attribute: nameOf(field), descending: direction === "desc" }));

const having = (attribute: AttributeName): AttributeFilter => ({ attribute, exists: true });

function testFilter(test: RunTest, project: string): AttributeFilter {
  const { field } = test;
  if (field.entity === "dataset") return datasetFilter(field.key, test);
  if (field.entity === "lineage") return NOTHING;
  if (field.entity === "attribute" && field.key === "run_id") return valueTest(ID, withIds(test, project));
  if (field.entity === "tag" && field.key === MLFLOW_TAGS.parentRun) return parentFilter(test);
  if (field.entity === "tag" && field.key === MLFLOW_TAGS.runName) return titleFilter(test);
  const comparesNumbers =
    "value" in test ? typeof test.value === "number" : "values" in test && typeof test.values[0] === "number";
  const name = field.entity === "param" && comparesNumbers ? attributeNames.paramNumber(field.key) : nameOf(field);
  return valueTest(name, test);
}

/** The tag is what the title is. A run without a title has the tag that somebody gave it. */
function titleFilter(test: RunTest): AttributeFilter {
  const [tag, own] = [attributeNames.tag(MLFLOW_TAGS.runName), attributeNames.own("run_name")];
  return {
    or: [
      { and: [{ attribute: own, ne: "" }, valueTest(own, test)] },
      { and: [{ attribute: own, eq: "" }, valueTest(tag, test)] },
    ],
  };
}

/** The tag is what the parent is. A run that is part of none has the tag that somebody gave it. */
function parentFilter(test: RunTest): AttributeFilter {
  const [tag, own] = [attributeNames.tag(MLFLOW_TAGS.parentRun), attributeNames.own("parent_run_id")];
  if (test.kind === "isNull") {
    const either: AttributeFilter = { or: [having(tag), having(own)] };
    return test.negated ? either : { not: either };
  }
  return { or: [valueTest(own, test), { and: [{ attribute: own, exists: false }, valueTest(tag, test)] }] };
}

function nameOf(field: OrderField | Extract<Field, { readonly entity: "attribute" }>): AttributeName {
  if (field.entity === "attribute") return field.key === "run_id" ? ID : attributeNames.own(field.key);
  return attributeNames[field.entity](field.key);
}

/** The ids of runs in a test are those of their documents in the index. Projects have no characters of patterns. */
function withIds(test: RunTest, project: string): RunTest {
  const whole = (id: string): string => documentId({ project, id });
  if (test.kind === "comparison") return { ...test, value: whole(String(test.value)) };
  if (test.kind === "like") return { ...test, pattern: whole(test.pattern) };
  return test.kind === "in" ? { ...test, values: test.values.map((it) => whole(String(it))) } : test;
}

const OPERATORS = { "=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte" } as const;

/** A test of what a run has once at most. */
function valueTest(attribute: AttributeName, test: RunTest): AttributeFilter {
  switch (test.kind) {
    case "isNull":
      return { attribute, exists: test.negated };
    case "comparison":
      return { attribute, [OPERATORS[test.operator]]: test.value } as AttributeFilter;
    case "in":
      return unless(test, attribute, { attribute, in: test.values });
    case "like":
      return unless(test, attribute, { attribute, like: test.pattern, ignoreCase: !test.caseSensitive });
  }
}

/** A negated test is one of what is there, as in MLflow. */
const unless = ({ negated }: In | Like, attribute: AttributeName, filter: AttributeFilter): AttributeFilter =>
  negated ? { and: [having(attribute), { not: filter }] } : filter;

/** A test that holds if it does for one of the data sets of a run. */
function datasetFilter(key: DatasetKey, test: RunTest): AttributeFilter {
  const equal = (value: string | number): AttributeFilter => having(attributeNames.datasetValue(key, String(value)));
  if (test.kind === "isNull") {
    const first = attributeNames.dataset(key, 0);
    return { attribute: first, exists: test.negated };
  }
  if (test.kind === "comparison" && test.operator === "=") return equal(test.value);
  if (test.kind === "in" && !test.negated) return { or: test.values.map(equal) };
  return { or: Array.from({ length: DATASETS_MAX }, (_, i) => valueTest(attributeNames.dataset(key, i), test)) };
}
