import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { OperationResponse } from "@throughline/operations";

/** A message as the response of an operation. */
export function packed<D extends DescMessage>(schema: D, init: MessageInitShape<D>): OperationResponse {
  const { typeUrl, value } = anyPack(schema, create(schema, init));
  return { typeUrl, value };
}
