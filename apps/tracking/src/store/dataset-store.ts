import { type Collection, type Filter, ID } from "@throughline/store";
import type { DatasetStore, TableDataset } from "../domain/dataset-store.ts";
import { documentId } from "./collections.ts";
import { findUpTo } from "./documents.ts";

/** The data sets of all projects. */
export function datasetStore(datasets: Collection<TableDataset>): DatasetStore {
  return {
    async get(key) {
      return (await datasets.get(documentId(key)))?.value;
    },
    async list({ project, after, limit }) {
      const where: Filter<TableDataset> = {
        and: [{ field: "project", eq: project }, ...(after === undefined ? [] : [behind(project, after)])],
      };
      const orderBy = [
        { field: "createTimeMs", descending: true },
        { field: ID, descending: true },
      ] as const;
      return (await findUpTo(datasets, { where, orderBy }, limit)).map(({ value }) => value);
    },
  };
}

const behind = (
  project: string,
  { createTimeMs, id }: Pick<TableDataset, "createTimeMs" | "id">,
): Filter<TableDataset> => ({
  or: [
    { field: "createTimeMs", lt: createTimeMs },
    {
      and: [
        { field: "createTimeMs", eq: createTimeMs },
        { field: ID, lt: documentId({ project, id }) },
      ],
    },
  ],
});
