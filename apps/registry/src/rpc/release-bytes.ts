import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { ReleaseManifestSchema } from "@throughline/contracts/throughline/registry/v1/release_pb";
import type { ImportReleaseRequest } from "@throughline/contracts/throughline/registry/v1/release_service_pb";
import { invalidField } from "@throughline/kernel";
import { validate } from "@throughline/rpc";
import type { ReleaseManifest } from "../domain/release.ts";
import { manifestFromProto } from "./convert-release.ts";

/** A manifest from its bytes: JSON of its message, which keeps the rules of the contract. Fails with INVALID_FIELD. */
export function manifestFromBytes(bytes: Uint8Array): ReleaseManifest {
  const message = messageFrom(bytes);
  validate(ReleaseManifestSchema, message);
  return manifestFromProto(message);
}

function messageFrom(bytes: Uint8Array) {
  try {
    return fromJson(
      ReleaseManifestSchema,
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as JsonValue,
    );
  } catch (error) {
    throw invalidField("manifest", `it is no manifest: ${(error as Error).message.slice(0, 300)}`);
  }
}

/** The bytes of an upload whose first message was read already. Fails with INVALID_FIELD for a second declaration. */
export async function* importedBytes(
  first: Uint8Array,
  messages: AsyncIterator<ImportReleaseRequest>,
): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first;
  for (let next = await messages.next(); !next.done; next = await messages.next()) {
    if (next.value.declaration !== undefined)
      throw invalidField("declaration", "only the first message of an import may declare what comes");
    yield next.value.data;
  }
}

/** Messages hold plain byte arrays over memory of their own, of at most 1 MiB. */
export const plainBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);
