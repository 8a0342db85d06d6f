import {
  type DescMethod,
  type DescMethodStreaming,
  type DescMethodUnary,
  type DescService,
  getOption,
  hasOption,
} from "@bufbuild/protobuf";
import type { HandlerContext, ServiceImpl, Transport } from "@connectrpc/connect";
import { SERVICES, type ServiceName } from "@throughline/contracts";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { raw_body } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { DomainError } from "@throughline/kernel";
import {
  headerReader,
  inMemoryTransport,
  type Mount,
  mount,
  operationDispatch,
  passOn,
  translate,
} from "@throughline/rpc";

/** How each service is reached: in memory or over gRPC. */
export type ServiceTransports = Readonly<Record<ServiceName, Transport>>;

/** Finds the transport of a method's contract. */
export type TransportOf = (service: DescService) => Transport;

/**
 * Every contract by its service. The contract of operations, which several services serve, is dispatched by the name of
 * the operation.
 */
export function transportOf(transports: ServiceTransports): TransportOf {
  const operations = inMemoryTransport([operationsMount(transports)]);
  const table = new Map<string, Transport>();
  for (const [name, contracts] of Object.entries(SERVICES)) {
    for (const it of contracts) table.set(it.typeName, transports[name as ServiceName]);
  }
  table.set(OperationService.typeName, operations);
  return (service) => {
    const transport = table.get(service.typeName);
    if (!transport) throw new Error(`${service.typeName} is served by no service`);
    return transport;
  };
}

function operationsMount(transports: ServiceTransports): Mount {
  const serving = Object.entries(SERVICES).filter(([, contracts]) =>
    contracts.some((it) => it.typeName === OperationService.typeName),
  );
  const implementations = serving.map(([name]) => {
    const forwarded = forward(OperationService, { transportOf: () => transports[name as ServiceName] });
    return [name, forwarded.implementation as unknown as ServiceImpl<typeof OperationService>] as const;
  });
  return mount(OperationService, operationDispatch(Object.fromEntries(implementations)));
}

/** Where calls go on to, and when they end early. */
export interface Forwarding {
  readonly transportOf: TransportOf;
  /** Ends streams that would go on for as long as their caller stays; calls that end by themselves go on. */
  readonly stopping?: AbortSignal;
}

/** A mount that passes every call on to where its contract is served, with the caller's headers and deadline. */
export function forward(service: DescService, forwarding: Forwarding): Mount {
  const methods = service.methods.map((method) => [method.localName, forwardMethod(method, forwarding)]);
  return { service, implementation: Object.fromEntries(methods) as Mount["implementation"] };
}

const HOP_HEADERS = ["authorization", "throughline-actor", "traceparent", "tracestate"] as const;

/** Headers by their names, in lower case. */
export type HopHeaders = Readonly<Record<string, string>>;

/** The headers that go on to the services; everything else that a caller sends ends at the gateway. */
export function hopHeaders(header: (name: string) => string | null | undefined): HopHeaders {
  const headers: Record<string, string> = {};
  for (const name of HOP_HEADERS) {
    const value = header(name);
    if (value !== null && value !== undefined) headers[name] = value;
  }
  return headers;
}

/** True for a stream that tells of changes for as long as somebody listens, unlike the pieces of a download. */
export const isWatch = (method: DescMethod): boolean =>
  method.methodKind === "server_streaming" &&
  !(hasOption(method, raw_body) && getOption(method, raw_body).responseField);

/** Why a watch ends although nothing went wrong: its caller should call again. */
export const gatewayStopping = (): DomainError =>
  new DomainError("unavailable", "GATEWAY_STOPPING", "The gateway is about to stop. Call again in a moment.");

function forwardMethod(method: DescMethod, { transportOf: of, stopping }: Forwarding): unknown {
  const headersOf = (context: HandlerContext) => hopHeaders(headerReader(context));
  if (isUnary(method))
    return (input: never, context: HandlerContext) =>
      passOn(context, of(method.parent), { method, headers: headersOf(context), input });
  const open = async (input: AsyncIterable<never>, context: HandlerContext) =>
    of(method.parent).stream(
      method as DescMethod & DescMethodStreaming,
      stopping && isWatch(method) ? AbortSignal.any([context.signal, stopping]) : context.signal,
      context.timeoutMs(),
      headersOf(context),
      input,
    );
  if (method.methodKind === "client_streaming") {
    return async (input: AsyncIterable<never>, context: HandlerContext) => {
      for await (const message of (await open(input, context)).message) return message;
      throw new Error(`${method.name} answered nothing`);
    };
  }
  return async function* (input: never, context: HandlerContext) {
    const stream = method.methodKind === "server_streaming" ? single(input) : input;
    try {
      yield* (await open(stream, context)).message;
    } catch (thrown) {
      throw stopping?.aborted && isWatch(method) ? translate(stopping.reason, () => {}) : thrown;
    }
  };
}

// The kind of a DescMethod does not narrow the union of its descriptors by itself.
const isUnary = (method: DescMethod): method is DescMethod & DescMethodUnary => method.methodKind === "unary";

async function* single<T>(item: T): AsyncIterable<T> {
  yield item;
}
