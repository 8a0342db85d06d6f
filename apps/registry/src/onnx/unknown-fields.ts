import { type DescMessage, fromBinary, type Message, type MessageShape } from "@bufbuild/protobuf";
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { checkWire } from "./strict-wire.ts";

/** The bytes of a field that our reading of the format does not name, as often as it occurs. */
function unknownBytes(message: Message, number: number): readonly Uint8Array[] {
  return (message.$unknown ?? [])
    .filter((it) => it.no === number && it.wireType === WireType.LengthDelimited)
    .map((it) => new BinaryReader(it.data).bytes());
}

/** Texts of such a field. */
export const unknownTexts = (message: Message, number: number): readonly string[] =>
  unknownBytes(message, number).map((it) => new TextDecoder().decode(it));

/** Messages of such a field, checked as strictly as the rest of the file. Fails with WireError. */
export const unknownMessages = <D extends DescMessage>(
  message: Message,
  number: number,
  schema: D,
): readonly MessageShape<D>[] =>
  unknownBytes(message, number).map((it) => {
    checkWire(schema, it);
    return fromBinary(schema, it);
  });

/** Whether the field is there at all. */
export const hasUnknown = (message: Message, number: number): boolean =>
  (message.$unknown ?? []).some((it) => it.no === number);
