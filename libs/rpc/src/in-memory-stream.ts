import { AsyncLocalStorage } from "node:async_hooks";
import { create, type DescMethod, type DescMethodStreaming, type Message } from "@bufbuild/protobuf";
import type { ConnectError, HandlerContext, StreamResponse, Transport } from "@connectrpc/connect";
import { asReceived } from "./errors.ts";
import { handlersOf } from "./in-memory.ts";
import { assertGoesOn, CallWatch, type GivenHeaders, MemoryContext } from "./memory-context.ts";
import type { Mount } from "./mount.ts";

type StreamCall = [DescMethod, AbortSignal | undefined, number | undefined, GivenHeaders, AsyncIterable<Message>];
type StreamHandler = (input: unknown, context: HandlerContext) => unknown;

/**
 * Calls streaming methods of the same process, as `unaryInMemory` does those that do not stream. Each side asks the other
 * for the next message when it wants one, so that nothing is kept in between; a handler begins with the first question.
 */
export function streamInMemory(mounts: readonly Mount[]): Transport["stream"] {
  const handlerOf = handlersOf<StreamHandler>(mounts);
  const stream = async (...given: StreamCall): Promise<MemoryStream> => {
    const [method, signal, timeoutMs, header, input] = given;
    const handler = handlerOf(method);
    assertGoesOn(signal);
    const limitMs = timeoutMs !== undefined && timeoutMs > 0 ? timeoutMs : undefined;
    const context = new MemoryContext(method, header, limitMs);
    return new MemoryStream(context, answersOf({ handler, context, signal }, input));
  };
  return stream as unknown as Transport["stream"];
}

interface Call {
  readonly handler: StreamHandler;
  readonly context: MemoryContext;
  readonly signal: AbortSignal | undefined;
}

const DONE = { done: true, value: undefined } as const;

/** The answers of a call, which end for their reader when the call does, whether or not the handler takes notice. */
function answersOf({ handler, context, signal }: Call, input: AsyncIterable<Message>): AsyncIterable<Message> {
  const waits = interruptible();
  const requests = requestsOf(context.method, input, waits);
  let answers: AsyncIterator<unknown> | undefined;
  let isOver = false;
  const close = (): void => {
    isOver = true;
    watch.end();
    // Neither is waited for: a side that is in the middle of something ends after it.
    for (const it of [answers, requests]) it?.return?.().catch(() => {});
  };
  const watch = new CallWatch(context, signal, (error) => {
    waits.interrupt(error);
    close();
  });
  const next = async (): Promise<IteratorResult<Message>> => {
    if (isOver && waits.interrupted() === undefined) return DONE;
    try {
      answers ??= (await waits.of(open(handler, context, requests)))[Symbol.asyncIterator]();
      const step = await waits.of(answers.next());
      if (!step.done) return { done: false, value: create(context.method.output, step.value as Message) };
      close();
      return DONE;
    } catch (thrown) {
      close();
      throw waits.interrupted() ?? asReceived(thrown);
    }
  };
  const stop = async (): Promise<IteratorResult<Message>> => {
    close();
    return DONE;
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: stop }) };
}

/** Calls the handler by its method's kind. */
async function open(
  handler: StreamHandler,
  context: MemoryContext,
  requests: AsyncIterableIterator<Message>,
): Promise<AsyncIterable<unknown>> {
  const { methodKind } = context.method;
  if (methodKind === "client_streaming") return single(handler(requests, context));
  if (methodKind === "bidi_streaming") return handler(requests, context) as AsyncIterable<unknown>;
  const first = await requests.next();
  return handler(first.value, context) as AsyncIterable<unknown>;
}

async function* single(answer: unknown): AsyncIterable<unknown> {
  yield await answer;
}

/** The caller's messages for the handler. They are made in the scope of the caller, not in that of the call. */
function requestsOf(method: DescMethod, input: AsyncIterable<Message>, waits: Waits): AsyncIterableIterator<Message> {
  const given = input[Symbol.asyncIterator]();
  const asCaller = AsyncLocalStorage.snapshot();
  return {
    async next() {
      const step = await waits.of(asCaller(() => given.next()));
      return step.done ? DONE : { done: false, value: create(method.input, step.value) };
    },
    async return() {
      await asCaller(() => given.return?.());
      return DONE;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

type Waits = ReturnType<typeof interruptible>;

/** Promises that all reject at once when a call is interrupted. Those that have settled are not kept. */
function interruptible() {
  const waiting = new Set<(error: ConnectError) => void>();
  let interrupted: ConnectError | undefined;
  return {
    interrupted: () => interrupted,
    interrupt(error: ConnectError): void {
      interrupted = error;
      for (const it of waiting) it(error);
    },
    of<T>(work: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        if (interrupted) reject(interrupted);
        waiting.add(reject);
        work.then(resolve, reject).finally(() => waiting.delete(reject));
      });
    },
  };
}

/** The answer of a call that streams. Its headers are those that the handler has set so far. */
class MemoryStream implements StreamResponse {
  readonly stream = true;
  readonly method: DescMethodStreaming;
  readonly message: AsyncIterable<Message>;
  readonly #context: MemoryContext;

  constructor(context: MemoryContext, message: AsyncIterable<Message>) {
    this.method = context.method as DescMethodStreaming;
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
