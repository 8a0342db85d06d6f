import { isDomainError } from "@throughline/kernel";
import type { Collection, Document, Position, Store } from "@throughline/store";
import type { LineageRecord } from "./record.ts";
import type { Waiting } from "./waiting.ts";

/** Records that are read, and sent together, at a time. */
const PAGE = 100;
/** Artifacts and edges of records that are sent together, so that they fit one message and one commit. */
const TOGETHER_MAX = 400;
/** A record that was refused so often no longer stops those behind it. */
const REFUSALS_IN_ORDER = 5;
/** So many records may be overtaken; with more of them, the receiver is at fault and not the records. */
const OVERTAKEN_MAX = 100;

/** Brings records to whoever keeps the thread. */
export interface Send {
  (record: LineageRecord, signal: AbortSignal): Promise<void>;
  /** Brings several records of one project in the order given, all or nothing. Absent where they go one by one. */
  readonly together?: (records: readonly LineageRecord[], signal: AbortSignal) => Promise<void>;
}

/** Where records wait. */
export interface WaitingRecords {
  readonly store: Pick<Store, "batch">;
  readonly waiting: Collection<Waiting>;
}

/** What one pass over the outbox did. It never rejects, so that the loop cannot end by a failure. */
export interface PassResult {
  readonly delivered: number;
  readonly failure?: { readonly cause: unknown };
}

/** Makes passes over the outbox: each sends what waits then, in order, until something stops it. */
export function passes({ store, waiting }: WaitingRecords, send: Send, signal: AbortSignal): () => Promise<PassResult> {
  const deliverGroup = groupDelivery({ store, waiting }, send, signal);
  return async () => {
    let delivered = 0;
    let failure: PassResult["failure"];
    let after: Position | undefined;
    try {
      do {
        const page = await waiting.find({
          orderBy: [{ field: "timeMs" }, { field: "sequence" }],
          limit: PAGE,
          ...(after !== undefined && { after }),
        });
        for (const group of groupsOf(page.documents)) {
          const result = await deliverGroup(group);
          delivered += result.delivered;
          failure ??= result.failure;
          if (result.stopped || signal.aborted) return { delivered, ...(failure && { failure }) };
        }
        after = page.next;
      } while (after !== undefined);
    } catch (cause) {
      failure ??= { cause };
    }
    return { delivered, ...(failure && { failure }) };
  };
}

/** Delivers a group in its order: at once where that works, else one by one, so that one refused record is known. */
function groupDelivery({ store, waiting }: WaitingRecords, send: Send, signal: AbortSignal) {
  const refusals = refusalCounts();

  const deliver = async ({ id, revision, value }: Document<Waiting>) => {
    await send(value.record, signal);
    refusals.forget(id);
    await waiting.remove(id, revision).catch(goneAlready);
  };

  const sendTogether = async (group: readonly Document<Waiting>[]): Promise<boolean> => {
    if (send.together === undefined || group.length === 1 || group.some((it) => refusals.has(it.id))) return false;
    const records = group.map((it) => it.value.record);
    // What failed is told by sending one by one: then it is known of which record.
    return send.together(records, signal).then(
      () => true,
      () => false,
    );
  };

  const removeTogether = async (group: readonly Document<Waiting>[]): Promise<void> => {
    try {
      await store.batch(group.map(({ id, revision }) => waiting.writes.remove(id, revision)));
    } catch (error) {
      goneAlready(error);
      for (const { id, revision } of group) await waiting.remove(id, revision).catch(goneAlready);
    }
  };

  return async (group: readonly Document<Waiting>[]): Promise<GroupResult> => {
    if (await sendTogether(group)) {
      await removeTogether(group);
      return { delivered: group.length, stopped: false };
    }
    let delivered = 0;
    let failure: PassResult["failure"];
    for (const document of group) {
      if (signal.aborted) return { delivered, stopped: true, ...(failure && { failure }) };
      try {
        await deliver(document);
        delivered += 1;
      } catch (cause) {
        failure ??= { cause };
        if (!refusals.mayBeOvertaken(document.id)) return { delivered, stopped: true, failure };
      }
    }
    return { delivered, stopped: false, ...(failure && { failure }) };
  };
}

/** How often each record was refused. */
function refusalCounts() {
  const counts = new Map<string, number>();
  return {
    has: (id: string): boolean => counts.has(id),
    forget: (id: string) => void counts.delete(id),
    /** Counts one more; true if the records behind it may go on. */
    mayBeOvertaken(id: string): boolean {
      const count = (counts.get(id) ?? 0) + 1;
      if (counts.size < OVERTAKEN_MAX || counts.has(id)) counts.set(id, count);
      return count >= REFUSALS_IN_ORDER && counts.has(id);
    },
  };
}

/** What became of a group. `stopped`: those behind it have to wait. */
type GroupResult = PassResult & { readonly stopped: boolean };

/** Records that follow each other, are of one project, and tell together no more than one call may. */
function groupsOf(documents: readonly Document<Waiting>[]): readonly (readonly Document<Waiting>[])[] {
  const groups: Document<Waiting>[][] = [];
  let size = 0;
  for (const document of documents) {
    const { execution, artifacts, events } = document.value.record;
    const last = groups.at(-1);
    size += artifacts.length + events.length;
    if (last?.[0]?.value.record.execution.project === execution.project && size <= TOGETHER_MAX) last.push(document);
    else {
      groups.push([document]);
      size = artifacts.length + events.length;
    }
  }
  return groups;
}

/** Another replica delivered the record too, or it was written again meanwhile and will be sent again. */
function goneAlready(error: unknown): void {
  if (!isDomainError(error, "NOT_FOUND") && !isDomainError(error, "REVISION_CONFLICT")) throw error;
}
