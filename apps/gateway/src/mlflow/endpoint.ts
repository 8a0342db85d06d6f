import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescMessage, DescMethodUnary, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { LIMITS } from "@throughline/kernel";
import type { Fields } from "../json-fields.ts";
import type { TransportOf } from "../service-transports.ts";

export type Verb = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";

/** One call of MLflow's API. */
export interface MlflowCall {
  /** The project that the base address names. Format: `projects/{project}`. */
  readonly project: string;
  /** What the path's braces matched, decoded once. */
  readonly pathValues: readonly string[];
  /** The body's fields, or those of the query where there is no body. */
  readonly fields: Fields;
  /** The headers that go on to the services, by their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly transportOf: TransportOf;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborts a read whose caller is gone. What a caller has asked to be written is written. */
  readonly signal?: AbortSignal;
}

/** A call whose fields are not read yet. */
export type BareCall = Omit<MlflowCall, "fields">;

/** One entry of MLflow's API. */
export interface Endpoint {
  readonly verbs: readonly Verb[];
  /** Path behind `/mlflow/`, such as `runs/create`; `{}` stands for a segment of any text. */
  readonly path: string;
  /** Largest body in bytes; that of a message if it is not named. */
  readonly bytesMax?: number;
  /** True if the body is bytes, and the fields are in the query. */
  readonly takesBytes?: boolean;
  /** Gives the body of the answer, or SENT. */
  answer(call: MlflowCall): Promise<unknown>;
}

/** Calls a method of a service on behalf of the caller. */
export async function callService<I extends DescMessage, O extends DescMessage>(
  call: BareCall,
  method: DescMethodUnary<I, O>,
  input: MessageInitShape<I>,
): Promise<MessageShape<O>> {
  const transport = call.transportOf(method.parent);
  return (await transport.unary(method, call.signal, LIMITS.deadlineMsMax, call.headers, input)).message;
}

/** Lists without items are left out, as MLflow's server does. */
export const some = <T>(items: readonly T[]): readonly T[] | undefined => (items.length === 0 ? undefined : items);

/** Says that the answer was written already. */
export const SENT: unique symbol = Symbol("sent");

/** An answer that says no more than that all went well. */
export const NOTHING: Readonly<Record<string, never>> = {};
