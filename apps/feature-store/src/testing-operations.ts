import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { Client } from "@connectrpc/connect";
import {
  CompactResultSchema,
  ExpireResultSchema,
  RevertResultSchema,
} from "@throughline/contracts/throughline/features/v1/data_version_service_pb";
import {
  CreateTrainingSetResultSchema,
  LoadSourceResultSchema,
  MaterializeResultSchema,
} from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import {
  type Operation,
  type OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";

/** Waits for an operation, and returns it; fails with its error. */
export async function ended(
  operations: Client<typeof OperationService>,
  operation: Operation | undefined,
): Promise<Operation> {
  let last = operation;
  for await (const it of operations.watchOperation({ name: operation?.name ?? "" })) last = it.operation;
  if (last?.state !== OperationState.SUCCEEDED) throw new Error(`${last?.error?.reason}: ${last?.error?.message}`);
  return last;
}

export const loadResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, LoadSourceResultSchema)?.segment;

export const trainingSetResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, CreateTrainingSetResultSchema)?.trainingSet;

export const materializeResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, MaterializeResultSchema);

export const revertResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, RevertResultSchema)?.dataVersion;

export const expireResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, ExpireResultSchema);

export const compactResult = (operation: Operation) =>
  operation.response && anyUnpack(operation.response, CompactResultSchema)?.dataVersions;
