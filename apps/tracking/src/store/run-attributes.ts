import { digestOfBytes, MLFLOW_TAGS } from "@throughline/kernel";
import { type DatasetKey, numberInText } from "@throughline/search";
import type { AttributeValue } from "@throughline/store";
import type { DatasetInput } from "../domain/dataset-input.ts";
import type { Run } from "../domain/run.ts";
import { storedKey } from "./collections.ts";

/** Data sets of a run that can be searched by more than equality. */
export const DATASETS_MAX = 8;

/** How the index calls what a run has. The prefixes tell apart what may have the same key. */
export const attributeNames = {
  metric: (key: string): string => `m.${storedKey(key)}`,
  param: (key: string): string => `p.${storedKey(key)}`,
  /** The number that a param's text is, if it is one. */
  paramNumber: (key: string): string => `n.${storedKey(key)}`,
  tag: (key: string): string => `t.${storedKey(key)}`,
  own: (key: string): string => `a.${key}`,
  /** The value of the data set of that number, from 0 on. */
  dataset: (key: DatasetKey, number: number): string => `d.${key}.${number}`,
  /** Present if any data set has the value, which may be longer than a name can be. */
  datasetValue: (key: DatasetKey, value: string): string => `d.${key}=${digestOfBytes(value)}`,
} as const;

type Attributes = Map<string, AttributeValue>;

/** What changes in the index when a run does: everything of a run that begins, and of others what is new. */
export function changedAttributes(
  before: Run | undefined,
  run: Run,
): { readonly set: ReadonlyMap<string, AttributeValue>; readonly unset: readonly string[] } {
  const set: Attributes = new Map();
  const unset: string[] = [];
  for (const part of PARTS) {
    if (before !== undefined && part.isSame(before, run)) continue;
    const known = before === undefined ? undefined : part.attributes(before);
    const after = part.attributes(run);
    for (const [name, value] of after) if (!Object.is(known?.get(name), value)) set.set(name, value);
    for (const name of known?.keys() ?? []) if (!after.has(name)) unset.push(name);
  }
  return { set, unset };
}

/** What is the same is not looked at again: runs may have thousands of params. */
interface Part {
  isSame(a: Run, b: Run): boolean;
  attributes(run: Run): Attributes;
}

/** The fields of a run that are attributes and may change. */
const OWN = ["displayName", "state", "startTimeMs", "endTimeMs", "stage", "parentId"] as const;

const PARTS: readonly Part[] = [
  { isSame: (a, b) => OWN.every((field) => a[field] === b[field]), attributes: ownAttributes },
  { isSame: (a, b) => a.params === b.params, attributes: paramAttributes },
  { isSame: (a, b) => a.tags === b.tags, attributes: ({ tags }) => textAttributes(tags, attributeNames.tag) },
  { isSame: (a, b) => a.datasets === b.datasets, attributes: ({ datasets }) => datasetAttributes(datasets) },
];

function ownAttributes(run: Run): Attributes {
  const own: Readonly<Record<string, AttributeValue | undefined>> = {
    run_name: run.displayName,
    user_id: run.actor,
    status: run.state,
    start_time: run.startTimeMs,
    end_time: run.endTimeMs,
    experiment_id: run.experimentId,
    lifecycle_stage: run.stage.toLowerCase(),
    parent_run_id: run.parentId === "" ? undefined : run.parentId,
    // What MLflow's clients call the place of its files; for the platform it is a name.
    artifact_uri: `mlflow-artifacts:/${run.experimentId}/${run.id}/artifacts`,
  };
  const attributes: Attributes = new Map();
  for (const [key, value] of Object.entries(own))
    if (value !== undefined) attributes.set(attributeNames.own(key), value);
  return attributes;
}

function textAttributes(texts: Readonly<Record<string, string>>, nameOf: (key: string) => string): Attributes {
  const attributes: Attributes = new Map();
  for (const [key, value] of Object.entries(texts)) attributes.set(nameOf(key), value);
  return attributes;
}

function paramAttributes({ params }: Run): Attributes {
  const attributes = textAttributes(params, attributeNames.param);
  for (const [key, value] of Object.entries(params)) {
    const number = numberInText(value);
    if (number !== undefined) attributes.set(attributeNames.paramNumber(key), number);
  }
  return attributes;
}

function datasetAttributes(datasets: readonly DatasetInput[]): Attributes {
  const attributes: Attributes = new Map();
  const values: readonly (readonly [DatasetKey, string])[] = datasets.flatMap((it) => {
    const all: readonly (readonly [DatasetKey, string])[] = [
      ["name", it.displayName],
      ["digest", it.digest],
      ["digest", it.externalDigest],
      [
        "context",
        it.context || (Object.hasOwn(it.tags, MLFLOW_TAGS.dataContext) ? (it.tags[MLFLOW_TAGS.dataContext] ?? "") : ""),
      ],
    ];
    return all.filter(([, value]) => value !== "");
  });
  const numbers = { name: 0, digest: 0, context: 0 };
  for (const [key, value] of values) {
    const name = attributeNames.datasetValue(key, value);
    if (attributes.has(name)) continue;
    attributes.set(name, true);
    if (numbers[key] < DATASETS_MAX) attributes.set(attributeNames.dataset(key, numbers[key]++), value);
  }
  return attributes;
}
