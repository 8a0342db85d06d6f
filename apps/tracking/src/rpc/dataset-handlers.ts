import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import {
  CreateDatasetRequestSchema,
  type DatasetService,
  type TableDatasetSchema,
} from "@throughline/contracts/throughline/tracking/v1/dataset_service_pb";
import { invalidField, parseDigest } from "@throughline/kernel";
import { callerOf, fromMs } from "@throughline/rpc";
import type { TableDataset } from "../domain/dataset-store.ts";
import { datasetName, parseDatasetName, parseProject } from "../domain/names.ts";
import { createDataset, type DatasetTracking, getDataset, listDatasets, proveRow } from "../domain/table-dataset.ts";
import { callOf } from "./call.ts";
import { safeNumber } from "./convert-values.ts";

/** The RPC edge of data sets: convert, call, convert. */
export const datasetHandlers = (tracking: DatasetTracking): ServiceImpl<typeof DatasetService> => ({
  async createDataset(request, context) {
    const project = parseProject(request.parent, "parent");
    const { fileDigest = "", displayName = "", externalDigest = "" } = request.dataset ?? {};
    const wanted = {
      project,
      displayName,
      externalDigest,
      actor: callerOf(context).actor,
      fileDigest: parseDigest(fileDigest, "dataset.file_digest"),
    };
    const call = callOf({ schema: CreateDatasetRequestSchema, request, scope: project }, context);
    return { dataset: datasetToProto(await createDataset(tracking, wanted, { call, signal: context.signal })) };
  },
  async getDataset({ name }) {
    return { dataset: datasetToProto(await getDataset(tracking, parseDatasetName(name, "name"))) };
  },
  async listDatasets({ parent, pageSize, pageToken }) {
    const page = { size: pageSize, token: pageToken };
    const { items, nextPageToken } = await listDatasets(tracking, { project: parseProject(parent, "parent"), page });
    return { datasets: items.map(datasetToProto), nextPageToken };
  },
  async proveRow({ name, row }) {
    if (row.case === undefined) throw invalidField("row", "it is missing: name a row by its number or its digest");
    const wanted =
      row.case === "rowNumber"
        ? { rowNumber: safeNumber(row.value, "row_number") }
        : { rowDigest: parseDigest(row.value, "row_digest") };
    const { rowNumber, rowDigest, path, rowCount, dataset } = await proveRow(
      tracking,
      parseDatasetName(name, "name"),
      wanted,
    );
    return {
      rowNumber: BigInt(rowNumber),
      rowDigest,
      path: [...path],
      rowCount: BigInt(rowCount),
      datasetDigest: dataset.digest,
    };
  },
});

const datasetToProto = (dataset: TableDataset): MessageInitShape<typeof TableDatasetSchema> => ({
  name: datasetName.format({ project: dataset.project, dataset: dataset.id }),
  digest: dataset.digest,
  fileDigest: dataset.fileDigest,
  displayName: dataset.displayName,
  rowCount: BigInt(dataset.rowCount),
  columns: dataset.columns.map(({ name, type }) => ({ name, type })),
  externalDigest: dataset.externalDigest,
  createTime: fromMs(dataset.createTimeMs),
  actor: dataset.actor,
});
