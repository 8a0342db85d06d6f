import { DomainError } from "@throughline/kernel";
import type { CollectionDefinition, Store, Write } from "@throughline/store";
import { type Delivery, startDelivery } from "./delivery.ts";
import type { Send } from "./delivery-pass.ts";
import { type LineageRecord, RECORD_LIMITS } from "./record.ts";
import type { Waiting } from "./waiting.ts";

/**
 * Brings lineage records from the service that did the work to the one that keeps the thread. Laws:
 *
 * - A record is durable exactly if the batch that its writes are part of is.
 * - Each durable record is delivered at least once, whatever ends the process in between; the receiver is idempotent by
 *   execution id.
 * - Records are sent in the order in which their writes were made, one at a time or, where the sender can, several in one
 *   call. A record that was refused several times is overtaken by those behind it, so that it does not stop them, and is
 *   tried again with them.
 */
export interface LineageOutbox {
  /**
   * Writes that put a record into the outbox, to be applied in the same `store.batch` as the work that it tells of.
   * Fails with LINEAGE_TOO_LARGE for a record that no receiver would take.
   */
  writes(record: LineageRecord): readonly Write[];
  /**
   * Starts to send what waits, in the background: soon after it was written, together with what is written while much is,
   * and after failures with growing pauses. To be called once. `signal` is aborted when the delivery is closed. What `send` throws is only kept for `flush`: whoever
   * wants to log it does so in `send`.
   */
  deliver(send: Send): Delivery;
}

/** The outbox of one service. `name` is the prefix of the service's collections, such as `feature_store`. */
export function lineageOutbox(store: Store, { name }: { readonly name: string }): LineageOutbox {
  const definition: CollectionDefinition<Waiting> = {
    name: `${name}_lineage_outbox`,
    indexes: [{ name: "by_order", fields: ["timeMs", "sequence"] }],
  };
  const waiting = store.collection(definition);
  let last = { timeMs: 0, sequence: 0 };
  let delivery: ReturnType<typeof startDelivery> | undefined;
  return {
    writes(record) {
      checkSize(record);
      const timeMs = Math.max(last.timeMs, record.execution.timeMs);
      last = { timeMs, sequence: timeMs === last.timeMs ? last.sequence + 1 : 0 };
      delivery?.expect();
      // A put, so that work whose outcome was unknown may be repeated with the same execution id.
      return [waiting.writes.put(record.execution.id, { record, ...last })];
    },
    deliver(send) {
      delivery = startDelivery({ store, waiting }, send);
      return delivery;
    },
  };
}

/** Fails with LINEAGE_TOO_LARGE. */
function checkSize({ execution, artifacts, events }: LineageRecord): void {
  const { artifactsMax, eventsMax } = RECORD_LIMITS;
  if (artifacts.length <= artifactsMax && events.length <= eventsMax) return;
  throw new DomainError(
    "exhausted",
    "LINEAGE_TOO_LARGE",
    `${execution.id} has ${artifacts.length} artifacts and ${events.length} edges; ${artifactsMax} and ${eventsMax} are the limits. Do the work in smaller parts.`,
    { metadata: { execution: execution.id } },
  );
}
