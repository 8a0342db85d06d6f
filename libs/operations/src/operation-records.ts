import { setTimeout as delay } from "node:timers/promises";
import { isDomainError, type Json } from "@throughline/kernel";
import type { Collection, Document, Store } from "@throughline/store";
import type { Operation, OperationError } from "./operation.ts";

interface OperationRecord {
  readonly project: string;
  readonly state: Operation["state"];
  readonly createdMs: number;
  readonly requestDigest: string;
  readonly operation: StoredOperation;
  readonly resumeFrom?: Json;
}

// The port stores JSON-like values, and a message's bytes are not one: they are kept as base64.
type StoredOperation = Omit<Operation, "response"> & { readonly response?: { typeUrl: string; valueBase64: string } };

/** The stored operations of one service. */
export interface OperationRecords {
  insert(operation: Operation, key: OperationKey): Promise<void>;
  get(name: string): Promise<{ readonly operation: Operation; readonly requestDigest: string } | undefined>;
  /** Changes a record whatever its revision. */
  update(name: string, change: (operation: Operation) => Operation): Promise<void>;
  list(
    project: string,
    page: { readonly limit: number; readonly after?: string },
  ): Promise<{ readonly items: readonly Operation[]; readonly next?: string }>;
  /** Operations of a kind that are marked as running and can be taken up. */
  interrupted(kind: string): Promise<readonly { readonly operation: Operation; readonly resumeFrom: Json }[]>;
  /** Ends everything that is still marked as running and cannot be taken up. */
  failInterrupted(error: OperationError, nowMs: number): Promise<void>;
  /** Resolves at the next change of the record in this process, or after a while for changes of another one. */
  nextChange(name: string, signal: AbortSignal): Promise<void>;
}

/** What is kept beside an operation. */
export interface OperationKey {
  readonly project: string;
  readonly requestDigest: string;
  readonly resumeFrom: Json | undefined;
}

const POLL_INTERVAL_MS = 1_000;

export function operationRecords(store: Store, service: string): OperationRecords {
  const collection = store.collection<OperationRecord>({
    name: `${service.replaceAll("-", "_")}_operations`,
    indexes: [
      { name: "by_project", fields: ["project", "createdMs"] },
      { name: "by_state", fields: ["state"] },
    ],
  });
  const listeners = new Map<string, Set<() => void>>();

  const update: OperationRecords["update"] = async (name, change) => {
    for (;;) {
      const found = await collection.get(name);
      if (!found) return;
      const operation = change(loaded(found));
      try {
        await collection.replace(name, found.revision, {
          ...found.value,
          state: operation.state,
          operation: stored(operation),
        });
      } catch (error) {
        if (isDomainError(error, "REVISION_CONFLICT")) continue;
        throw error;
      }
      for (const listener of listeners.get(name) ?? []) listener();
      return;
    }
  };

  return {
    async insert(operation, { project, requestDigest, resumeFrom }) {
      const { state, createdMs } = operation;
      await collection.insert(operation.name, {
        project,
        state,
        createdMs,
        requestDigest,
        operation: stored(operation),
        ...(resumeFrom === undefined ? {} : { resumeFrom }),
      });
    },
    async get(name) {
      const found = await collection.get(name);
      return found && { operation: loaded(found), requestDigest: found.value.requestDigest };
    },
    update,
    async list(project, { limit, after }) {
      const found = await collection.find({
        where: { field: "project", eq: project },
        orderBy: [{ field: "createdMs", descending: true }],
        limit,
        ...(after === undefined ? {} : { after }),
      });
      return { items: found.documents.map(loaded), ...(found.next === undefined ? {} : { next: found.next }) };
    },
    async interrupted(kind) {
      const found = (await running(collection)).filter(({ operation }) => operation.kind === kind);
      return found.flatMap(({ operation, resumeFrom }) =>
        resumeFrom === undefined ? [] : [{ operation, resumeFrom }],
      );
    },
    async failInterrupted(error, nowMs) {
      const ended = { state: "failed", message: "ended", error, endedMs: nowMs } as const;
      for (const { operation, resumeFrom } of await running(collection)) {
        if (resumeFrom === undefined) await update(operation.name, (it) => ({ ...it, ...ended }));
      }
    },
    async nextChange(name, signal) {
      const own = listeners.get(name) ?? new Set();
      listeners.set(name, own);
      let listener = () => {};
      const changed = new Promise<void>((resolve) => (listener = resolve));
      own.add(listener);
      const waited = new AbortController();
      await Promise.race([
        changed,
        delay(POLL_INTERVAL_MS, undefined, { signal: AbortSignal.any([signal, waited.signal]) }).catch(() => {}),
      ]);
      waited.abort();
      own.delete(listener);
      if (own.size === 0) listeners.delete(name);
    },
  };
}

interface RunningOperation {
  readonly operation: Operation;
  readonly resumeFrom: Json | undefined;
}

async function running(collection: Collection<OperationRecord>): Promise<readonly RunningOperation[]> {
  const all: RunningOperation[] = [];
  for (let after: string | undefined; ; ) {
    const where = { field: "state", eq: "running" } as const;
    const found = await collection.find({ where, limit: 100, ...(after === undefined ? {} : { after }) });
    all.push(...found.documents.map((it) => ({ operation: loaded(it), resumeFrom: it.value.resumeFrom })));
    if (found.next === undefined) return all;
    after = found.next;
  }
}

function stored({ response, ...rest }: Operation): StoredOperation {
  if (!response) return rest;
  return {
    ...rest,
    response: { typeUrl: response.typeUrl, valueBase64: Buffer.from(response.value).toString("base64") },
  };
}

function loaded({ value }: Document<OperationRecord>): Operation {
  const { response, ...rest } = value.operation;
  if (!response) return rest;
  return { ...rest, response: { typeUrl: response.typeUrl, value: Buffer.from(response.valueBase64, "base64") } };
}
