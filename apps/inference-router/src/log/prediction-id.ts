import type { LogPosition } from "../domain/prediction.ts";
import { rowId } from "../domain/row-prediction.ts";

/**
 * A prediction's id says where it stands: `{segment}-{offset in base 36}-{CRC-32 of its record in 8 hexadecimal digits}`, and behind a dot
 * the number of its row in base 36 if the record has rows. So a prediction is found by one read, and an id that was not given here finds nothing.
 */
export const formatPredictionId = ({ segment, offset }: LogPosition, check: number): string =>
  `${segment}-${offset.toString(36)}-${check.toString(16).padStart(8, "0")}`;

/** What an id says. */
export interface PredictionPlace extends LogPosition {
  readonly check: number;
  readonly row?: number;
}

/** Undefined for texts that are no such id, in the one spelling that it has. */
export function parsePredictionId(id: string): PredictionPlace | undefined {
  const match = /^([0-9a-z]{26})-([0-9a-z]{1,10})-([0-9a-f]{8})(?:\.([0-9a-z]{1,4}))?$/.exec(id);
  if (!match) return undefined;
  const [, segment = "", offsetText = "", checkText = "", rowText] = match;
  const parsed = { segment, offset: Number.parseInt(offsetText, 36), check: Number.parseInt(checkText, 16) };
  const record = formatPredictionId(parsed, parsed.check);
  if (rowText === undefined) return record === id ? parsed : undefined;
  const row = Number.parseInt(rowText, 36);
  return rowId(record, row) === id ? { ...parsed, row } : undefined;
}
