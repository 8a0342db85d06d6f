// The thread that compares columns. It knows nothing but the rows that it is sent. Nothing imports this file: it is started by
// selection-threads.ts.
import { parentPort } from "node:worker_threads";
import { type FeatureValue, invariant } from "@throughline/kernel";
import { type DataColumn, dataColumn, necessityReport, suspectPairs } from "@throughline/selection";
import { carriedAnswer } from "../threads/carried-answer.ts";
import type { SelectionRequest } from "./thread-messages.ts";

interface Gathered {
  readonly name: string;
  readonly values: FeatureValue[];
}

let gathered: readonly Gathered[] = [];

parentPort?.on(
  "message",
  async (request: SelectionRequest) => void parentPort?.postMessage(await carriedAnswer(() => done(request))),
);

function done(request: SelectionRequest): unknown {
  switch (request.kind) {
    case "begin":
      gathered = request.columns.map((name) => ({ name, values: [] }));
      return undefined;
    case "add":
      for (const row of request.rows) gathered.forEach(({ values }, i) => void values.push(row[i] ?? null));
      return undefined;
    case "suspects": {
      const { features, labels, threshold, seed } = request.asked;
      return suspectPairs({ features: features.map(columnOf), labels: labels.map(columnOf), threshold, seed });
    }
    case "report": {
      const { features, label, ...asked } = request.asked;
      return necessityReport({
        ...asked,
        features: features.map(columnOf),
        ...(label !== undefined && { label: columnOf(label) }),
      });
    }
  }
}

function columnOf(name: string): DataColumn {
  const found = gathered.find((it) => it.name === name);
  invariant(found !== undefined, `the thread did not begin with a column ${name}`);
  return dataColumn(name, found.values);
}
