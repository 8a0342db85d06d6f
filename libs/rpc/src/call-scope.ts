import { AsyncLocalStorage } from "node:async_hooks";
import type { HandlerContext, Interceptor } from "@connectrpc/connect";
import { forwardedPairs } from "./observe.ts";

const SCOPE = new AsyncLocalStorage<HandlerContext>();

/** The call that is being handled; undefined outside of one. */
export const currentCall = (): HandlerContext | undefined => SCOPE.getStore();

/** Runs a handler so that what it calls goes on under the same trace and on behalf of the same caller. */
export const inScope = <T>(context: HandlerContext, work: () => T): T => SCOPE.run(context, work);

/** The same for a handler that answers with a stream: each of its messages is made in the scope of the call. */
export async function* streamInScope<T>(context: HandlerContext, open: () => AsyncIterable<T>): AsyncIterable<T> {
  const messages = SCOPE.run(context, () => open()[Symbol.asyncIterator]());
  try {
    for (;;) {
      const step = await SCOPE.run(context, () => messages.next());
      if (step.done) return;
      yield step.value;
    }
  } finally {
    await SCOPE.run(context, () => messages.return?.());
  }
}

/** Sends trace and actor along with a call that is made while another is handled, unless the call brings its own. */
export const scopeHeaders: Interceptor = (next) => (request) => {
  const context = SCOPE.getStore();
  if (context) {
    for (const [name, value] of Object.entries(forwardedPairs(context))) {
      if (!request.header.has(name)) request.header.set(name, value);
    }
  }
  return next(request);
};
