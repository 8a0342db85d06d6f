import type { NewId } from "@throughline/kernel";
import { INLINE_BYTES_MAX } from "../domain/log-policy.ts";
import type { Logged } from "../domain/prediction-log.ts";
import type { WrittenEntry } from "./append-record.ts";
import type { PayloadStore } from "./payload-store.ts";
import { type EntryParts, inputSize, partsOfEntry, payloadBytes } from "./records.ts";

interface Places {
  /** Unset: inputs of any size stand in the log. */
  readonly payloads: PayloadStore | undefined;
  /** Numbers the inputs that stand elsewhere. */
  readonly newId: NewId;
}

/** Appends an entry by `write`, its inputs beforehand where they are too large for the log. */
export function appendEntry({ payloads, newId }: Places, asked: Asked, write: Write): Promise<Logged> {
  const { entry } = asked;
  if (entry.isSampled === false) return write({ ...asked, parts: undefined });
  const parts = partsOfEntry(entry);
  const isSmall = inputSize(parts) <= (entry.inlineBytesMax ?? INLINE_BYTES_MAX);
  if (isSmall || payloads === undefined) return write({ ...asked, parts });
  return appendedApart(payloads, { ...asked, parts, number: newId() }, write);
}

type Write = (written: WrittenEntry) => Promise<Logged>;
type Asked = Pick<WrittenEntry, "entry" | "calledAt">;

async function appendedApart(
  payloads: PayloadStore,
  { entry, calledAt, parts, number }: Asked & { readonly parts: EntryParts; readonly number: string },
  write: Write,
): Promise<Logged> {
  const kept = await payloads.keep(payloadBytes(parts, number), number);
  try {
    const logged = await write({ entry, calledAt, parts, payload: kept.payload });
    kept.logged();
    return logged;
  } catch (error) {
    await kept.dropped().catch(() => {});
    throw error;
  }
}
