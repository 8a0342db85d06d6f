import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { FeatureStoreService } from "@throughline/contracts/throughline/features/v1/feature_store_service_pb";
import { OnlineService } from "@throughline/contracts/throughline/features/v1/online_service_pb";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import type { Caller } from "./call-context.ts";
import { headerReader } from "./call-context.ts";
import { inScope, streamInScope } from "./call-scope.ts";
import { type Authenticate, setCaller } from "./caller.ts";
import { translate } from "./errors.ts";
import type { Mount } from "./mount.ts";
import type { CallObserver, ObservedCall } from "./observe.ts";
import { checkRole, policyOf } from "./policy.ts";
import { validate } from "./validation.ts";

export interface GuardOptions {
  readonly authenticate: Authenticate;
  readonly observe: CallObserver;
}

/**
 * Puts around every method of a mount what no handler does itself: who calls and whether they may, the rules of the
 * contract, the translation of errors, and one span, histogram and log line. Fails if a method has no policy.
 */
export function guard(mount: Mount, options: GuardOptions): Mount {
  const implementation: Record<string, unknown> = {};
  for (const method of mount.service.methods) {
    const handler = mount.implementation[method.localName];
    if (handler === undefined) throw new Error(`${mount.service.typeName}.${method.name} has no implementation`);
    implementation[method.localName] = guardMethod(method, handler as Handler, options);
  }
  return { service: mount.service, implementation: implementation as Mount["implementation"] };
}

// A handler of any of the four kinds; which one is known from the method.
type Handler = (input: never, context: HandlerContext) => unknown;
type UnaryHandler = (input: unknown, context: HandlerContext) => Promise<unknown>;
type StreamHandler = (input: unknown, context: HandlerContext) => AsyncIterable<unknown>;

interface Guarded {
  readonly method: DescMethod;
  readonly role: Role;
  readonly options: GuardOptions;
}

function guardMethod(method: DescMethod, handler: Handler, options: GuardOptions): unknown {
  const guarded: Guarded = { method, role: policyOf(method).role, options };
  return method.methodKind === "unary" || method.methodKind === "client_streaming"
    ? guardUnary(guarded, handler as UnaryHandler)
    : guardStream(guarded, handler as StreamHandler);
}

/** Calls that come in numbers and make none of their own: a scope would cost them as much as the rest of what is done here. */
const CALLS_NOBODY: ReadonlySet<DescMethod> = new Set<DescMethod>([
  GRPCInferenceService.method.modelInfer,
  OnlineService.method.readColumns,
  FeatureStoreService.method.getOnlineFeatures,
]);

function guardUnary(guarded: Guarded, handler: UnaryHandler): UnaryHandler {
  const isScoped = !CALLS_NOBODY.has(guarded.method);
  return async (input, context) => {
    const call = guarded.options.observe(guarded.method, context);
    try {
      const admitted = admit(guarded, input, context);
      const response = await (isScoped
        ? inScope(context, () => handler(admitted, context))
        : handler(admitted, context));
      call.end();
      return response;
    } catch (thrown) {
      throw fail(call, thrown);
    }
  };
}

function guardStream(guarded: Guarded, handler: StreamHandler): StreamHandler {
  return async function* (input, context) {
    const call = guarded.options.observe(guarded.method, context);
    let ended = false;
    try {
      const admitted = admit(guarded, input, context);
      yield* streamInScope(context, () => handler(admitted, context));
      ended = true;
      call.end();
    } catch (thrown) {
      ended = true;
      throw fail(call, thrown);
    } finally {
      // The reader went away before the end of the stream.
      if (!ended) call.end();
    }
  };
}

/** Who calls a public method, token or not: liveness must be told to probes that have none. */
const ANYBODY: Caller = { actor: "anybody", role: Role.PUBLIC };

/** Checks the caller and the request; gives back the input, with the checks of later messages around a stream. */
function admit(guarded: Guarded, input: unknown, context: HandlerContext): unknown {
  const caller = guarded.role === Role.PUBLIC ? ANYBODY : guarded.options.authenticate(headerReader(context));
  checkRole(caller, guarded.role);
  setCaller(context, caller);
  if (Symbol.asyncIterator in (input as object)) return validated(guarded.method, input as AsyncIterable<Message>);
  validate(guarded.method.input, input as Message);
  return input;
}

async function* validated(method: DescMethod, messages: AsyncIterable<Message>): AsyncIterable<Message> {
  for await (const message of messages) {
    validate(method.input, message);
    yield message;
  }
}

function fail(call: ObservedCall, thrown: unknown): Error {
  const error = translate(thrown, (cause) => call.bug(cause));
  call.end(error);
  return error;
}
