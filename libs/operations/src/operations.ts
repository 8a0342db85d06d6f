import {
  type Clock,
  type Digest,
  DomainError,
  digestOfJson,
  isDomainError,
  type Json,
  type NewId,
  notFound,
  type Page,
  type PageTokens,
  pageSize,
  resourceName,
} from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { cancelled, interrupted, interruptedError, tooManyOperations } from "./errors.ts";
import {
  hasEnded,
  type Operation,
  type OperationError,
  type OperationResponse,
  type OperationRun,
} from "./operation.ts";
import { type OperationRecords, operationRecords } from "./operation-records.ts";
import { progressWriter, withoutWork } from "./progress-writer.ts";
import { writeEnd } from "./write-end.ts";

export interface StartRequest {
  /** Id of the project. */
  readonly project: string;
  readonly kind: string;
  readonly target: string;
  /** Empty: every call starts its own work. */
  readonly requestId: string;
  /** Digest of the request, to tell a retry from another request with the same id. */
  readonly requestDigest: Digest;
  /** What the work can be taken up from after the service stopped; see `Operations.resume`. Unset: it then ends as failed. */
  readonly resumeFrom?: Json;
  work(run: OperationRun): Promise<OperationResponse>;
}

/** Work that is taken up again after its process ended. */
export type ResumedWork = (resumeFrom: Json, run: OperationRun) => Promise<OperationResponse>;

/**
 * The long-running work of one service. Laws:
 * - An operation that was returned is known after any restart. Work that a process did not finish ends as failed with
 *   OPERATION_INTERRUPTED when the service starts again: start it anew. Work that can be resumed goes on under its name instead.
 * - The same request id with the same request returns the same operation, and starts nothing.
 * - The state goes from `running` to one of the others once, and stays.
 */
export interface Operations {
  start(request: StartRequest): Promise<Operation>;
  /**
   * Takes up the operations of a kind that an earlier process left running with a `resumeFrom`. To be called once for each kind, when
   * the service can work.
   */
  resume(kind: string, work: ResumedWork): Promise<void>;
  /** Fails with NOT_FOUND. */
  get(name: string): Promise<Operation>;
  /** Newest first. */
  list(project: string, page: { readonly size: number; readonly token: string }): Promise<Page<Operation>>;
  /** Asks the work to stop, and returns the operation as it is then. Harmless once it has ended. */
  cancel(name: string): Promise<Operation>;
  /** The operation now and after each change, until it has ended or `signal` aborts. */
  watch(name: string, signal: AbortSignal): AsyncIterable<Operation>;
  /** Cancels what is running, and waits for it. */
  close(): Promise<void>;
}

export interface OperationsOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly pageTokens: PageTokens;
  /** The service that does the work, such as `feature-store`. */
  readonly service: string;
  /** Operations that may run at once; more are refused with TOO_MANY_OPERATIONS. */
  readonly runningMax?: number;
  /**
   * Called when work has succeeded, before its operation ends: tells other services what the work made, so that whoever
   * saw the end may use it there at once. A failure is not the work's, and what is told later is told without it.
   */
  readonly settle?: () => Promise<void>;
}

const NAME = resourceName("projects/{project}/operations/{operation}");

export async function openOperations(options: OperationsOptions): Promise<Operations> {
  const records = operationRecords(options.store, options.service);
  await records.failInterrupted(interrupted, options.clock.now());
  const running = new Map<string, Running>();
  const start = starter(options, records, running);
  return {
    start,
    async resume(kind, work) {
      for (const { operation, resumeFrom } of await records.interrupted(kind)) {
        if (!running.has(operation.name))
          begin({ operation, work: (it) => work(resumeFrom, it), isResumable: true, records, options, running });
      }
    },
    get: (name) => find(records, name),
    list: (project, { size, token }) => list(options, records, { project, size, token }),
    async cancel(name) {
      const operation = await find(records, name);
      const work = running.get(name);
      if (hasEnded(operation) || !work) return operation;
      work.abort.abort(cancelled());
      await work.done;
      return find(records, name);
    },
    watch: (name, signal) => watch(records, name, signal),
    async close() {
      for (const work of running.values()) work.abort.abort(interruptedError());
      await Promise.all([...running.values()].map((it) => it.done));
    },
  };
}

interface Running {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

function starter(
  options: OperationsOptions,
  records: OperationRecords,
  running: Map<string, Running>,
): Operations["start"] {
  const runningMax = options.runningMax ?? 16;
  return async (request) => {
    // An id that follows from the request id makes the insert itself the guard against a second start.
    const key = request.requestId === "" ? options.newId() : idOfRequest(request);
    const name = NAME.format({ project: request.project, operation: `${options.service}.${key}` });
    const known = await records.get(name);
    if (known) return sameRequest(known, request);
    if (running.size >= runningMax) throw tooManyOperations(runningMax);
    const operation: Operation = {
      name,
      kind: request.kind,
      target: request.target,
      state: "running",
      progress: 0,
      message: "accepted",
      createdMs: options.clock.now(),
    };
    try {
      const { project, requestDigest, resumeFrom } = request;
      await records.insert(operation, { project, requestDigest, resumeFrom });
    } catch (error) {
      const first = isDomainError(error, "ALREADY_EXISTS") ? await records.get(name) : undefined;
      if (!first) throw error;
      return sameRequest(first, request);
    }
    const { work, resumeFrom } = request;
    begin({ operation, work, isResumable: resumeFrom !== undefined, records, options, running });
    return operation;
  };
}

interface Job {
  readonly operation: Operation;
  readonly work: StartRequest["work"];
  /** Another process takes the work up if this one stops. */
  readonly isResumable: boolean;
  readonly records: OperationRecords;
  readonly options: OperationsOptions;
}

function begin({ running, ...job }: Job & { readonly running: Map<string, Running> }): void {
  const { name } = job.operation;
  const abort = new AbortController();
  const done = run(job, abort).finally(() => running.delete(name));
  running.set(name, { abort, done });
}

const idOfRequest = (request: StartRequest): string =>
  digestOfJson([request.project, request.kind, request.requestId]).slice("sha256:".length, "sha256:".length + 26);

function sameRequest(known: { operation: Operation; requestDigest: string }, request: StartRequest): Operation {
  if (known.requestDigest === request.requestDigest) return known.operation;
  throw new DomainError(
    "invalid",
    "REQUEST_ID_REUSED",
    `request_id ${request.requestId} was used for another request. Use a new id for a new request.`,
    { violations: [{ path: "request_id", description: "was used for another request" }] },
  );
}

async function run({ operation, work, isResumable, records, options }: Job, abort: AbortController): Promise<void> {
  const { name } = operation;
  const progress = progressWriter(records, operation);
  const outcome = await work({ operation: name, signal: abort.signal, progress: progress.report })
    .then((response) => ({ state: "succeeded", progress: 1, message: "done", response }) as const)
    .catch((error: unknown) => failure(error, abort.signal));
  if (outcome.state === "succeeded") await options.settle?.().catch(() => {});
  await progress.settled();
  const ended = (it: Operation): Operation => ({
    ...(outcome.state === "succeeded" ? withoutWork(it) : it),
    ...outcome,
    endedMs: options.clock.now(),
  });
  const isStopping = (): boolean => isDomainError(abort.signal.reason, "OPERATION_INTERRUPTED");
  if (isResumable && isStopping() && outcome.state === "failed") return;
  await writeEnd(() => records.update(name, ended), isStopping);
}

function failure(error: unknown, signal: AbortSignal) {
  const reason: unknown = signal.aborted ? signal.reason : error;
  const stopped = isDomainError(reason, "OPERATION_CANCELLED");
  return { state: stopped ? "cancelled" : "failed", message: "ended", error: errorOf(reason) } as const;
}

function errorOf(error: unknown): OperationError {
  if (isDomainError(error)) return { reason: error.reason, message: error.message, metadata: error.metadata };
  // Not a failure that the caller can act on: the text stays out of the record, as for any call.
  return { reason: "INTERNAL", message: "internal error", metadata: {} };
}

async function find(records: OperationRecords, name: string): Promise<Operation> {
  NAME.parse(name);
  const found = await records.get(name);
  if (!found) throw notFound(name);
  return found.operation;
}

async function list(
  options: OperationsOptions,
  records: OperationRecords,
  request: { readonly project: string; readonly size: number; readonly token: string },
): Promise<Page<Operation>> {
  const query = ["operations", options.service, request.project];
  const after = options.pageTokens.decode(query, request.token) as string | undefined;
  const found = await records.list(request.project, { limit: pageSize(request.size), ...(after ? { after } : {}) });
  return { items: found.items, nextPageToken: found.next ? options.pageTokens.encode(query, found.next) : "" };
}

async function* watch(records: OperationRecords, name: string, signal: AbortSignal): AsyncIterable<Operation> {
  let seen = "";
  while (!signal.aborted) {
    const changed = records.nextChange(name, signal);
    const operation = await find(records, name);
    const state = JSON.stringify([operation.state, operation.progress, operation.message]);
    if (state !== seen) yield operation;
    seen = state;
    if (hasEnded(operation)) return;
    await changed;
  }
}
