import { digestOfJson } from "@throughline/kernel";
import type { FeatureView } from "../domain/feature-view.ts";
import type { Source } from "../domain/source.ts";

/** A view of one key with features, and whatever else a test says of it. */
export const sampleView = (said: Pick<FeatureView, "features"> & Partial<FeatureView>): FeatureView => ({
  project: "p",
  id: "v",
  version: 1,
  digest: digestOfJson("a definition"),
  entity: "e",
  source: "s",
  keyColumns: {},
  ttlNs: undefined,
  description: "",
  owner: "",
  createTimeMs: 1,
  keys: [{ name: "id", type: "int64", column: "id" }],
  ...said,
});

/** A source without columns, which repositories do not look at, and whatever else a test says of it. */
export const sampleSource = (id: string, said: Partial<Source> = {}): Source => ({
  project: "p",
  id,
  columns: [],
  eventTimeColumn: "t",
  knowledgeTime: { kind: "delay", delayNs: 1n },
  digest: digestOfJson("something"),
  skipRowsWithoutTime: true,
  description: "",
  createTimeMs: 1,
  rowCount: 0,
  dataVersion: 0,
  ...said,
});
