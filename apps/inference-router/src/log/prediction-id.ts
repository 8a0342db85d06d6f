import type { LogPosition } from "../domain/prediction.ts";

/**
 * A prediction's id says where it stands: `{segment}-{offset in base 36}-{CRC-32 of its record in 8 hexadecimal digits}`.
 * So a prediction is found by one read, and an id that was not given here finds nothing.
 */
export const formatPredictionId = ({ segment, offset }: LogPosition, check: number): string =>
  `${segment}-${offset.toString(36)}-${check.toString(16).padStart(8, "0")}`;

/** Undefined for texts that are no such id, in the one spelling that it has. */
export function parsePredictionId(id: string): (LogPosition & { readonly check: number }) | undefined {
  const match = /^([0-9a-z]{26})-([0-9a-z]{1,10})-([0-9a-f]{8})$/.exec(id);
  if (!match) return undefined;
  const [, segment = "", offsetText = "", checkText = ""] = match;
  const parsed = { segment, offset: Number.parseInt(offsetText, 36), check: Number.parseInt(checkText, 16) };
  return formatPredictionId(parsed, parsed.check) === id ? parsed : undefined;
}
