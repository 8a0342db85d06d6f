import { create, type DescMethod, type DescMethodUnary, type Message } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext, type Transport, type UnaryResponse } from "@connectrpc/connect";
import { LIMITS } from "@throughline/kernel";
import { asReceived } from "./errors.ts";
import { assertGoesOn, type CallEnd, CallWatch, type GivenHeaders, MemoryContext } from "./memory-context.ts";
import type { Mount } from "./mount.ts";

type UnaryCall = [DescMethod, CallEnd | undefined, number | undefined, GivenHeaders, Message];
type UnaryHandler = (input: Message, context: HandlerContext) => unknown;

/**
 * Calls unary methods of the same process. The handler gets the caller's message itself, and the caller the handler's:
 * nothing is encoded or copied, so neither may change what it has sent or been given. All else is as over gRPC: an error
 * is made anew from what would travel, the call ends for both sides at its deadline or when the caller aborts it, and the
 * handler's signal tells it.
 */
export function unaryInMemory(mounts: readonly Mount[]): UnaryInMemory {
  const handlerOf = handlersOf<UnaryHandler>(mounts);
  // The types of single methods are lost in the table; what a mount implements is checked where it is made.
  const unary = (...given: UnaryCall): Promise<MemoryResponse> =>
    new Promise((resolve, reject) => {
      const [method, end, timeoutMs, header, input] = given;
      const handler = handlerOf(method);
      assertGoesOn(end);
      const limitMs = timeoutMs === undefined || timeoutMs <= 0 ? LIMITS.deadlineMsMax : timeoutMs;
      const context = new MemoryContext(method, header, Math.min(limitMs, LIMITS.deadlineMsMax));
      const message = create(method.input, input);
      answerInTime({ handler, context, end, resolve, reject }, message);
    });
  return unary as unknown as UnaryInMemory;
}

type Unary = Transport["unary"];

/** A call as every transport has it, which may be part of another one instead of having a signal. */
export type UnaryInMemory = Unary & ((...call: UnaryPart) => ReturnType<Unary>);
type UnaryPart = [DescMethodUnary, CallEnd | undefined, number | undefined, GivenHeaders, Message];

/** Finds the handler of a method. Fails with UNIMPLEMENTED if none of the mounts has it. */
export function handlersOf<H extends (...given: never[]) => unknown>(
  mounts: readonly Mount[],
): (method: DescMethod) => H {
  const handlers = new Map<DescMethod, H>();
  for (const { service, implementation } of mounts) {
    for (const it of service.methods) {
      const handler = implementation[it.localName] as unknown as H | undefined;
      if (handler) handlers.set(it, handler.bind(implementation) as H);
    }
  }
  return (method) => {
    const handler = handlers.get(method);
    if (handler) return handler;
    throw new ConnectError(`${method.parent.typeName}.${method.name} is not implemented here`, Code.Unimplemented);
  };
}

interface Call {
  readonly handler: UnaryHandler;
  readonly context: MemoryContext;
  readonly end: CallEnd | undefined;
  readonly resolve: (response: MemoryResponse) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Fails when the deadline passes or the caller aborts, whether or not the handler takes notice. By callbacks: each promise in
 * between would cost every call of the process.
 */
function answerInTime({ handler, context, end, resolve, reject }: Call, message: Message): void {
  const watch = new CallWatch(context, end, reject);
  const fail = (thrown: unknown): void => {
    watch.end();
    reject(asReceived(thrown));
  };
  const answer = (response: unknown): void => {
    try {
      resolve(new MemoryResponse(context, create(context.method.output, response as Message)));
      watch.end();
    } catch (thrown) {
      fail(thrown);
    }
  };
  try {
    Promise.resolve(handler(message, context)).then(answer, fail);
  } catch (thrown) {
    fail(thrown);
  }
}

/** The answer of a call. Its headers are made when they are asked for. */
class MemoryResponse implements UnaryResponse {
  readonly stream = false;
  readonly method: DescMethodUnary;
  readonly message: Message;
  readonly #context: MemoryContext;

  constructor(context: MemoryContext, message: Message) {
    this.method = context.method as DescMethodUnary;
    this.message = message;
    this.#context = context;
  }
  get service() {
    return this.method.parent;
  }
  get header(): Headers {
    return this.#context.responseHeader;
  }
  get trailer(): Headers {
    return this.#context.responseTrailer;
  }
}
