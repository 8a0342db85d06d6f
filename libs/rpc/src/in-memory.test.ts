import { create, isMessage } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type HandlerContext, type Transport } from "@connectrpc/connect";
import { BadRequestSchema, ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import {
  GetOperationRequestSchema,
  GetOperationResponseSchema,
  OperationService,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { DomainError, type ErrorKind, LIMITS } from "@throughline/kernel";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { afterEach, describe, expect, test } from "vitest";
import { headerReader } from "./call-context.ts";
import { trustLocalCallers } from "./caller.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { guard } from "./guard.ts";
import { MemoryContext } from "./memory-context.ts";
import { type Mount, mount } from "./mount.ts";
import { callObserver } from "./observe.ts";
import { operationHandlers } from "./operations.ts";
import { grpcTransport, inMemoryTransport, passOn } from "./transports.ts";

type GetOperation = (request: { readonly name: string }, context: HandlerContext) => unknown;

const NAME = "projects/p/operations/test.1";

function mountOf(getOperation: GetOperation): Mount {
  const never = () => Promise.reject(new Error("only GetOperation is called"));
  const others = operationHandlers({ get: never, list: never, cancel: never, watch: () => (async function* () {})() });
  return mount(OperationService, { ...others, getOperation: getOperation as typeof others.getOperation });
}

const clientOf = (getOperation: GetOperation) =>
  createClient(OperationService, inMemoryTransport([mountOf(getOperation)]));

const failureOf = (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => Promise.reject(new Error("the call did not fail")),
    (error: unknown) => error as ConnectError,
  );

/** Resolves with why the signal is aborted. */
const reasonOf = (signal: AbortSignal): Promise<Error> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason));
  });

describe("messages", () => {
  test("reach the handler and the caller as messages, however they were written", async () => {
    const seen: unknown[] = [];
    const client = clientOf(async (request) => {
      seen.push(isMessage(request, GetOperationRequestSchema));
      return { operation: { name: request.name } };
    });
    const answer = await client.getOperation({ name: NAME });
    expect(seen).toEqual([true]);
    expect(answer).toEqual(create(GetOperationResponseSchema, { operation: { name: NAME } }));
    expect(isMessage(answer.operation)).toBe(true);
  });

  test("are handed over, not copied", async () => {
    const request = create(GetOperationRequestSchema, { name: NAME });
    const response = create(GetOperationResponseSchema, { operation: { name: NAME } });
    const seen: unknown[] = [];
    const client = clientOf((it) => {
      seen.push(it);
      return response;
    });
    expect(await client.getOperation(request)).toBe(response);
    expect(seen[0]).toBe(request);
  });
});

describe("errors", () => {
  const servers: GrpcServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((it) => it.stop(0)));
  });

  const KINDS: readonly ErrorKind[] = [
    ...(["invalid", "unauthenticated", "denied", "not_found", "exists", "precondition"] as const),
    ...(["conflict", "exhausted", "deadline", "cancelled", "unavailable", "unsupported"] as const),
  ];
  const observe = callObserver({
    telemetry: openTelemetry({ serviceName: "test" }),
    log: silentLog,
    logCalls: false,
  });

  test("of every kind, and bugs, are the same as over gRPC", async () => {
    const guarded = guard(
      mountOf(({ name }) => {
        const kind = KINDS.find((it) => name.endsWith(`/test.${it}`));
        if (!kind) throw new TypeError("a secret of the implementation");
        throw new DomainError(kind, "SOME_REASON", `it is ${kind}: ä`, {
          metadata: { resource: name },
          violations: [{ path: "a.b", description: "wrong" }],
        });
      }),
      { authenticate: trustLocalCallers, observe },
    );
    const server = await serveGrpc({ mounts: [guarded], host: "127.0.0.1", port: 0 });
    servers.push(server);
    const both = [grpcTransport(`http://127.0.0.1:${server.port}`), inMemoryTransport([guarded])];
    for (const name of [...KINDS, "bug"].map((it) => `projects/p/operations/test.${it}`)) {
      const [overGrpc, inMemory] = await Promise.all(
        both.map(async (it) => failureOf(createClient(OperationService, it).getOperation({ name }))),
      );
      expect(inMemory).toBeInstanceOf(ConnectError);
      expect(toldBy(inMemory)).toEqual(toldBy(overGrpc));
    }
  });

  const toldBy = (error: ConnectError | undefined) =>
    error && {
      code: error.code,
      text: error.rawMessage,
      info: error.findDetails(ErrorInfoSchema),
      fields: error.findDetails(BadRequestSchema),
      cause: error.cause,
      details: error.details.map((it) => ("type" in it ? [it.type, Buffer.from(it.value).toString("hex")] : it)),
    };

  test("of a handler that nobody guards tell nothing of the implementation", async () => {
    const error = await failureOf(clientOf(() => Promise.reject(new TypeError("a secret"))).getOperation({}));
    expect([error.code, error.rawMessage, error.cause]).toEqual([Code.Internal, "internal error", undefined]);
  });

  test("tell that a method is served by none of the mounts", async () => {
    const client = createClient(OperationService, inMemoryTransport([]));
    expect((await failureOf(client.getOperation({}))).code).toBe(Code.Unimplemented);
  });
});

describe("the end of a call", () => {
  test("comes at the deadline for both sides, whether or not the handler takes notice", async () => {
    const reason = Promise.withResolvers<Error>();
    const client = clientOf(({ name }, { signal }) => {
      if (name === NAME) reasonOf(signal).then(reason.resolve);
      return new Promise(() => {});
    });
    expect((await failureOf(client.getOperation({ name: NAME }, { timeoutMs: 200 }))).code).toBe(Code.DeadlineExceeded);
    expect((await reason.promise).name).toBe("TimeoutError");
    expect((await failureOf(client.getOperation({}, { timeoutMs: 200 }))).code).toBe(Code.DeadlineExceeded);
  });

  test("has a deadline of ours where the caller has none, or a later one", async () => {
    const left: (number | undefined)[] = [];
    const client = clientOf((_request, context) => {
      left.push(context.timeoutMs());
      return {};
    });
    await client.getOperation({});
    await client.getOperation({}, { timeoutMs: LIMITS.deadlineMsMax * 10 });
    await client.getOperation({}, { timeoutMs: 5_000 });
    const [none, later, own] = left.map(Number);
    for (const it of [none, later]) expect(it).toSatisfy((ms: number) => ms > 5_000 && ms <= LIMITS.deadlineMsMax);
    expect(own).toSatisfy((ms: number) => ms > 0 && ms <= 5_000);
  });

  test("comes when the caller aborts, and the handler is told, also one that asks only afterwards", async () => {
    const arrived = Promise.withResolvers<HandlerContext>();
    const client = clientOf((_request, context) => {
      arrived.resolve(context);
      return new Promise(() => {});
    });
    const abort = new AbortController();
    const failure = failureOf(client.getOperation({}, { signal: abort.signal }));
    const context = await arrived.promise;
    abort.abort();
    expect((await failure).code).toBe(Code.Canceled);
    expect(context.signal.reason).toMatchObject({ name: "AbortError", message: "the caller went away" });
  });

  test("is before its beginning if the caller has aborted already", async () => {
    let calls = 0;
    const client = clientOf(() => {
      calls += 1;
      return {};
    });
    expect((await failureOf(client.getOperation({}, { signal: AbortSignal.abort() }))).code).toBe(Code.Canceled);
    expect(calls).toBe(0);
  });

  test("aborts the handler's signal, so that what still listens ends", async () => {
    const signals: AbortSignal[] = [];
    const client = clientOf((_request, { signal }) => {
      signals.push(signal);
      expect(signal.aborted).toBe(false);
      return {};
    });
    await client.getOperation({});
    expect(signals[0]?.reason).toMatchObject({ message: "the call has ended" });
  });
});

describe("a call that is passed on", () => {
  const { getOperation: method } = OperationService.method;
  const passed = (outer: HandlerContext, transport: Transport): Promise<unknown> =>
    passOn(outer, transport, { method, headers: {}, input: create(method.input, { name: NAME }) });
  const outerCall = () => new MemoryContext(method, {}, LIMITS.deadlineMsMax);

  const ENDS = [
    ["cancel", "the caller went away"],
    ["expire", "the deadline has passed"],
    ["end", "the call has ended"],
  ] as const;
  const WAYS = ["by a transport of ours", "by any other"] as const;
  const CASES = WAYS.flatMap((way) => ENDS.map((end) => [way, ...end] as const));

  test.each(CASES)("%s ends with the one around it: %s", async (way, end, message) => {
    const arrived = Promise.withResolvers<HandlerContext>();
    const ours = inMemoryTransport([
      mountOf((_request, context) => {
        arrived.resolve(context);
        return new Promise(() => {});
      }),
    ]);
    const ends: unknown[] = [];
    const other: Transport = {
      stream: ours.stream,
      unary(...call) {
        ends.push(call[1]);
        return ours.unary(...call);
      },
    };
    const outer = outerCall();
    const failure = failureOf(passed(outer, way === "by any other" ? other : ours));
    const inner = await arrived.promise;
    expect(ends[0]).toBe(way === "by any other" ? outer.signal : undefined);
    expect(inner.signal.aborted).toBe(false);
    outer[end]();
    expect(await failure).toMatchObject({ code: Code.Canceled, rawMessage: message });
    expect(inner.signal.reason).toMatchObject({ name: "AbortError" });
    expect(outer.followers).toEqual([]);
    // Another one is not begun.
    expect(await failureOf(passed(outer, ours))).toMatchObject({ code: Code.Canceled, rawMessage: message });
  });

  test.each([
    ["is answered", () => ({})],
    ["fails", () => Promise.reject(new TypeError("a bug"))],
  ])("and that %s first is none that ends with the other", async (_how, answer) => {
    const arrived: HandlerContext[] = [];
    const transport = inMemoryTransport([
      mountOf((_request, context) => {
        arrived.push(context);
        return answer();
      }),
    ]);
    const outer = outerCall();
    const calls = [passed(outer, transport), passed(outer, transport)];
    expect(outer.followers).toHaveLength(2);
    await Promise.allSettled(calls);
    expect(outer.followers).toEqual([]);
    outer.cancel();
    expect(arrived.map((it) => it.signal.reason.message)).toEqual(["the call has ended", "the call has ended"]);
  });

  test("has the time of the one around it, and no more than any", async () => {
    const left: number[] = [];
    const transport = inMemoryTransport([
      mountOf((_request, context) => {
        left.push(Number(context.timeoutMs()));
        return {};
      }),
    ]);
    for (const limitMs of [5_000, undefined]) await passed(new MemoryContext(method, {}, limitMs), transport);
    const [own, ours] = left;
    expect(own).toSatisfy((ms: number) => ms > 0 && ms <= 5_000);
    expect(ours).toSatisfy((ms: number) => ms > 5_000 && ms <= LIMITS.deadlineMsMax);
  });
});

describe("headers", () => {
  const given = { "Throughline-Actor": "ada", tracestate: "a=b" };
  test.each([
    ["a record", given],
    ["pairs", Object.entries(given) as [string, string][]],
    ["Headers", new Headers(given)],
  ])("that are given as %s are read alike, one by one and together", async (_shape, headers) => {
    const names = ["throughline-actor", "tracestate", "absent"];
    const seen: unknown[] = [];
    const client = clientOf((_request, context) => {
      seen.push(names.map(headerReader(context)));
      seen.push(names.map((it) => context.requestHeader.get(it)));
      return {};
    });
    await client.getOperation({}, { headers });
    expect(seen).toEqual([
      ["ada", "a=b", null],
      ["ada", "a=b", null],
    ]);
  });

  test("and trailers of the handler reach the caller", async () => {
    const client = clientOf((_request, context) => {
      context.responseHeader.set("took", "long");
      context.responseTrailer.set("went", "well");
      return {};
    });
    const seen: (string | null)[] = [];
    await client.getOperation(
      {},
      { onHeader: (it) => void seen.push(it.get("took")), onTrailer: (it) => void seen.push(it.get("went")) },
    );
    expect(seen).toEqual(["long", "well"]);
  });
});
