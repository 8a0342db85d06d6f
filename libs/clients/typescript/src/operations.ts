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

/** Watches an operation until it has succeeded, and gives each of its states to `each`. Fails with OperationFailed if it failed or was cancelled. */
export async function ended(
  connection: Connection,
  name: string,
  each: (operation: Operation) => void = () => {},
): Promise<Operation> {
  let latest: Operation | undefined;
  for await (const { operation } of connection.operations.watchOperation({ name })) {
    if (!operation) continue;
    latest = operation;
    each(operation);
  }
  if (latest === undefined || latest.state === OperationState.RUNNING)
    throw new Error(`the platform ended the watch of ${name} before the work ended: wait again`);
  if (latest.state !== OperationState.SUCCEEDED) throw new OperationFailed(latest);
  return latest;
}

/** What an operation that has succeeded answered. */
export function resultOf<T extends DescMessage>({ name, response }: Operation, result: T): MessageShape<T> {
  const unpacked = response && anyUnpack(response, result);
  if (!unpacked) throw new Error(`${name} answered ${response?.typeUrl}, not ${result.typeName}`);
  return unpacked;
}

/** Waits until an operation has ended, and returns its result. Fails with OperationFailed if it failed or was cancelled. */
export async function wait<T extends DescMessage>(
  connection: Connection,
  operation: Operation | undefined,
  result: T,
): Promise<MessageShape<T>> {
  if (!operation) throw new Error("the platform answered without an operation");
  return resultOf(await ended(connection, operation.name), result);
}
