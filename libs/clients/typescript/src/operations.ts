import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Operation, OperationState } from "@throughline/contracts/throughline/type/v1/operation_pb";
import type { Connection } from "./connection.ts";

/** The work ended without a result. `reason` is stable. */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
  readonly operation: Operation;
  readonly reason: string;
  constructor(operation: Operation) {
    super(`${operation.name}: ${operation.error?.reason}: ${operation.error?.message}`);
    this.operation = operation;
    this.reason = operation.error?.reason ?? "";
  }
}

/** Waits for an operation and returns its result, of the type that the method's comment names. */
export async function wait<T extends DescMessage>(
  connection: Connection,
  operation: Operation | undefined,
  result: T,
): Promise<MessageShape<T>> {
  if (!operation) throw new Error("the platform answered without an operation");
  let latest = operation;
  for await (const answer of connection.operations.watchOperation({ name: operation.name })) {
    latest = answer.operation ?? latest;
  }
  if (latest.state === OperationState.RUNNING)
    throw new Error(`the platform ended the watch of ${latest.name} before the work ended: wait again`);
  if (latest.state !== OperationState.SUCCEEDED) throw new OperationFailed(latest);
  const unpacked = latest.response && anyUnpack(latest.response, result);
  if (!unpacked) throw new Error(`${latest.name} answered ${latest.response?.typeUrl}, not ${result.typeName}`);
  return unpacked;
}
