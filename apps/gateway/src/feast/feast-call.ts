import type { ServerResponse } from "node:http";
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { LIMITS } from "@throughline/kernel";
import type { HopHeaders, TransportOf } from "../service-transports.ts";

/** One call of Feast's API. */
export interface FeastCall {
  /** Id of the project that the base address names. */
  readonly project: string;
  /** As it was sent. */
  readonly query: string;
  /** The headers that go on to the services. */
  readonly headers: HopHeaders;
  readonly transportOf: TransportOf;
  readonly response: ServerResponse;
  /** A signal that aborts when the caller is gone. */
  whenLeft(): AbortSignal;
}

/** Reads on behalf of the caller: ends early if the caller goes away. */
export const readFrom = <I extends DescMessage, O extends DescMessage>(
  call: FeastCall,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
): Promise<MessageShape<O>> => unary(call, method, { input, signal: call.whenLeft() });

/** Reads what takes no longer than it takes to tell a service that the caller has gone away. */
export const readAtOnce = <I extends DescMessage, O extends DescMessage>(
  call: FeastCall,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
): Promise<MessageShape<O>> => unary(call, method, { input, signal: undefined });

/** Writes on behalf of the caller: what was asked for is done, whether or not the caller waits for the answer. */
export const writeTo = <I extends DescMessage, O extends DescMessage>(
  call: FeastCall,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
): Promise<MessageShape<O>> => unary(call, method, { input, signal: undefined });

function unary<I extends DescMessage, O extends DescMessage>(
  { transportOf, headers }: FeastCall,
  method: DescMethodUnary<I, O>,
  { input, signal }: { readonly input: MessageInitShape<I>; readonly signal: AbortSignal | undefined },
): Promise<MessageShape<O>> {
  return transportOf(method.parent).unary(method, signal, LIMITS.deadlineMsMax, headers, input).then(messageOf);
}

// A callback in place of an async function, which each read would pay for.
const messageOf = <T>({ message }: { readonly message: T }): T => message;
