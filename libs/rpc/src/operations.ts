import { create } from "@bufbuild/protobuf";
import { AnySchema } from "@bufbuild/protobuf/wkt";
import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import {
  type Operation as OperationMessage,
  OperationSchema,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { invariant, notFound, type Page } from "@throughline/kernel";
import { translate } from "./errors.ts";
import { fromMs } from "./time.ts";

/** An operation as the services keep it; the type of @throughline/operations fits. */
export interface OperationView {
  readonly name: string;
  readonly kind: string;
  readonly target: string;
  readonly state: "running" | "succeeded" | "failed" | "cancelled";
  readonly progress: number;
  readonly message: string;
  readonly work?: {
    readonly unit: string;
    readonly done: number;
    readonly total: number;
    readonly perSecond?: number;
    readonly leftMs?: number;
  };
  readonly createdMs: number;
  readonly endedMs?: number;
  readonly response?: { readonly typeUrl: string; readonly value: Uint8Array };
  readonly error?: {
    readonly reason: string;
    readonly message: string;
    readonly metadata: Readonly<Record<string, string>>;
  };
}

/** What the handlers need of a service's operations. */
export interface OperationsView {
  get(name: string): Promise<OperationView>;
  list(project: string, page: { readonly size: number; readonly token: string }): Promise<Page<OperationView>>;
  cancel(name: string): Promise<OperationView>;
  watch(name: string, signal: AbortSignal): AsyncIterable<OperationView>;
}

const STATES = {
  running: OperationState.RUNNING,
  succeeded: OperationState.SUCCEEDED,
  failed: OperationState.FAILED,
  cancelled: OperationState.CANCELLED,
} as const;

export function operationToProto(operation: OperationView): OperationMessage {
  const { name, kind, target, progress, message, error, response } = operation;
  return create(OperationSchema, {
    name,
    kind,
    target,
    progress,
    message,
    state: STATES[operation.state],
    createTime: fromMs(operation.createdMs),
    ...(operation.endedMs === undefined ? {} : { endTime: fromMs(operation.endedMs) }),
    ...(response
      ? { response: create(AnySchema, { typeUrl: response.typeUrl, value: Uint8Array.from(response.value) }) }
      : {}),
    ...(operation.work ? { work: workToProto(operation.work) } : {}),
    ...(error ? { error: { reason: error.reason, message: error.message, metadata: { ...error.metadata } } } : {}),
  });
}

function workToProto({ unit, done, total, perSecond = 0, leftMs }: NonNullable<OperationView["work"]>) {
  const counted = { unit, done: BigInt(done), total: BigInt(total), perSecond };
  if (leftMs === undefined) return counted;
  const timeLeft = { seconds: BigInt(Math.floor(leftMs / 1_000)), nanos: (leftMs % 1_000) * 1_000_000 };
  return { ...counted, timeLeft };
}

/** The handlers of OperationService over the operations of one service. */
export function operationHandlers(operations: OperationsView): ServiceImpl<typeof OperationService> {
  return {
    async getOperation({ name }) {
      return { operation: operationToProto(await operations.get(name)) };
    },
    async *watchOperation({ name }, { signal }) {
      for await (const operation of operations.watch(name, signal)) yield { operation: operationToProto(operation) };
    },
    async listOperations({ parent, pageSize, pageToken }) {
      const page = await operations.list(parent.slice("projects/".length), { size: pageSize, token: pageToken });
      return { operations: page.items.map(operationToProto), nextPageToken: page.nextPageToken };
    },
    async cancelOperation({ name }) {
      return { operation: operationToProto(await operations.cancel(name)) };
    },
  };
}

type OperationImplementation = ServiceImpl<typeof OperationService>;

/**
 * One OperationService over those of several services: an operation's name says which service does the work. What names
 * none of them goes to the first, which checks the caller and the request as for every call, and knows no such name.
 */
export function operationDispatch(
  services: Readonly<Record<string, OperationImplementation>>,
): OperationImplementation {
  const first = Object.values(services)[0];
  invariant(first !== undefined, "no service serves operations");
  const of = (service: string) => (Object.hasOwn(services, service) ? services[service] : undefined);
  const ofName = (name: string) => of(/\/operations\/([a-z-]+)\./.exec(name)?.[1] ?? "") ?? first;
  return {
    getOperation: (request, context) => ofName(request.name).getOperation(request, context),
    watchOperation: (request, context: HandlerContext) => ofName(request.name).watchOperation(request, context),
    async listOperations(request, context) {
      const found = of(request.service);
      const listed = await (found ?? first).listOperations(request, context);
      if (!found) throw translate(notFound(`service ${request.service}`), () => {});
      return listed;
    },
    cancelOperation: (request, context) => ofName(request.name).cancelOperation(request, context),
  };
}
