import type { NewId } from "@throughline/kernel";
import { INLINE_BYTES_MAX } from "../domain/log-policy.ts";
import type { PayloadReference, PredictionEntry, RowsEntry } from "../domain/prediction.ts";
import type { Logged } from "../domain/prediction-log.ts";
import type { WrittenEntry, WrittenRows } from "./append-record.ts";
import type { PayloadStore } from "./payload-store.ts";
import { inputSize, partsOfEntry, payloadBytes } from "./records.ts";
import { rowsParts, rowsPayload, sizeOfParts } from "./rows-record.ts";

interface Places {
  /** Unset: inputs of any size stand in the log. */
  readonly payloads: PayloadStore | undefined;
  /** Numbers the inputs that stand elsewhere. */
  readonly newId: NewId;
}

/** An entry, and when it was asked for. */
interface Asked<Entry> {
  readonly entry: Entry;
  readonly calledAt: number;
}

/** Appends an entry by `write`, its inputs beforehand where they are too large for the log. */
export function appendEntry(
  places: Places,
  asked: Asked<PredictionEntry>,
  write: Write<WrittenEntry>,
): Promise<Logged> {
  const { entry } = asked;
  if (entry.isSampled === false) return write({ ...asked, parts: undefined });
  const parts = partsOfEntry(entry);
  const { payloads } = places;
  if (payloads === undefined || inputSize(parts) <= limitOf(entry)) return write({ ...asked, parts });
  const number = places.newId();
  const kept = { bytes: payloadBytes(parts, number), number };
  return appendedApart(payloads, kept, (payload) => write({ ...asked, parts, payload }));
}

/** Bytes of one request's rows that stand in the log: one record must not fill it. */
const ROWS_BYTES_MAX = 4 * 1024 * 1024;

/** As `appendEntry`; what a deployment wants to have outside of the log is said of a row, on average. */
export function appendRows(places: Places, asked: Asked<RowsEntry>, write: Write<WrittenRows>): Promise<Logged> {
  const { entry } = asked;
  if (entry.isSampled === false) return write({ ...asked, inputs: undefined });
  const parts = rowsParts(entry);
  const { payloads } = places;
  const most = Math.min(ROWS_BYTES_MAX, limitOf(entry) * entry.scores.length);
  if (payloads === undefined || sizeOfParts(parts) <= most) return write({ ...asked, inputs: { parts } });
  const number = places.newId();
  const kept = { bytes: rowsPayload(parts, number), number };
  return appendedApart(payloads, kept, (payload) => write({ ...asked, inputs: { payload } }));
}

type Write<Written> = (written: Written) => Promise<Logged>;

const limitOf = ({ inlineBytesMax = INLINE_BYTES_MAX }: Pick<PredictionEntry, "inlineBytesMax">): number =>
  inlineBytesMax;

async function appendedApart(
  payloads: PayloadStore,
  { bytes, number }: { readonly bytes: Buffer; readonly number: string },
  write: (payload: PayloadReference) => Promise<Logged>,
): Promise<Logged> {
  const kept = await payloads.keep(bytes, number);
  try {
    const logged = await write(kept.payload);
    kept.logged();
    return logged;
  } catch (error) {
    await kept.dropped().catch(() => {});
    throw error;
  }
}
