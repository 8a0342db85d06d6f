import { create } from "@bufbuild/protobuf";
import { Code, ConnectError, createClient, type HandlerContext, type Transport } from "@connectrpc/connect";
import { ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import {
  ServerReflection,
  type ServerReflectionRequest,
} from "@throughline/contracts/grpc/reflection/v1/reflection_pb";
import { ArtifactService } from "@throughline/contracts/throughline/lineage/v1/artifact_service_pb";
import { OperationService, WatchOperationRequestSchema } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { DomainError } from "@throughline/kernel";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { afterEach, describe, expect, test } from "vitest";
import { inScope } from "./call-scope.ts";
import { trustLocalCallers } from "./caller.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { guard } from "./guard.ts";
import type { Mount } from "./mount.ts";
import { callObserver } from "./observe.ts";
import { grpcTransport, inMemoryTransport } from "./transports.ts";

const NAME = "projects/p/operations/test.1";

type Watch = (request: { readonly name: string }, context: HandlerContext) => AsyncIterable<object>;
type Upload = (requests: AsyncIterable<{ readonly data: Uint8Array }>, context: HandlerContext) => Promise<object>;
type Ask = (requests: AsyncIterable<ServerReflectionRequest>, context: HandlerContext) => AsyncIterable<object>;

const mountOf = (service: Mount["service"], methods: Readonly<Record<string, unknown>>): Mount => ({
  service,
  implementation: methods as unknown as Mount["implementation"],
});
const watching = (watchOperation: Watch): Mount => mountOf(OperationService, { watchOperation });
const uploading = (uploadArtifact: Upload): Mount => mountOf(ArtifactService, { uploadArtifact });
const asking = (serverReflectionInfo: Ask): Mount => mountOf(ServerReflection, { serverReflectionInfo });

const watch = (mount: Mount, options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {}) =>
  createClient(OperationService, inMemoryTransport([mount])).watchOperation({ name: NAME }, options);

async function failureOf(read: () => Promise<unknown>): Promise<ConnectError> {
  try {
    await read();
  } catch (error) {
    return error as ConnectError;
  }
  throw new Error("the call did not fail");
}

const servers: GrpcServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((it) => it.stop(0)));
});

/** The same mounts over gRPC and in memory. */
async function both(...mounts: Mount[]): Promise<readonly Transport[]> {
  const server = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
  servers.push(server);
  return [grpcTransport(`http://127.0.0.1:${server.port}`), inMemoryTransport(mounts)];
}

describe("streams over gRPC and in memory", () => {
  test("from the server, from the client and both ways answer alike", async () => {
    const transports = await both(
      watching(async function* ({ name }) {
        for (const progress of [0.25, 0.5]) yield { operation: { name, progress } };
      }),
      uploading(async (requests) => {
        let size = 0;
        for await (const it of requests) size += it.data.byteLength;
        return { artifact: { sizeBytes: BigInt(size) } };
      }),
      asking(async function* (requests) {
        for await (const { messageRequest } of requests) yield { validHost: String(messageRequest.value) };
      }),
    );
    const answers = transports.map(async (it) => {
      const watched = await Array.fromAsync(createClient(OperationService, it).watchOperation({ name: NAME }));
      const uploaded = await createClient(ArtifactService, it).uploadArtifact(pieces(3));
      const asked = await Array.fromAsync(createClient(ServerReflection, it).serverReflectionInfo(questions("a", "b")));
      return { watched, uploaded, asked };
    });
    const [overGrpc, inMemory] = await Promise.all(answers);
    expect(inMemory).toEqual(overGrpc);
    expect(inMemory?.watched.map((it) => it.operation?.progress)).toEqual([0.25, 0.5]);
    expect(inMemory?.uploaded.artifact?.sizeBytes).toBe(6n);
    expect(inMemory?.asked.map((it) => it.validHost)).toEqual(["a", "b"]);
  });

  test("fail in the middle with the same error, after the same messages", async () => {
    const observe = callObserver({
      telemetry: openTelemetry({ serviceName: "test" }),
      log: silentLog,
      logCalls: false,
    });
    const failing = watching(async function* ({ name }) {
      yield { operation: { name } };
      throw new DomainError("exhausted", "TOO_MUCH", "it is too much", { metadata: { resource: name } });
    });
    const options = { authenticate: trustLocalCallers, observe };
    const others = { getOperation() {}, listOperations() {}, cancelOperation() {} };
    const guarded = guard(mountOf(OperationService, { ...others, ...failing.implementation }), options);
    const told = (await both(guarded)).map(async (it) => {
      const seen: (string | undefined)[] = [];
      const error = await failureOf(async () => {
        for await (const { operation } of createClient(OperationService, it).watchOperation({ name: NAME }))
          seen.push(operation?.name);
      });
      return { seen, code: error.code, text: error.rawMessage, info: error.findDetails(ErrorInfoSchema) };
    });
    const [overGrpc, inMemory] = await Promise.all(told);
    expect(inMemory).toEqual(overGrpc);
    expect(inMemory).toMatchObject({ seen: [NAME], code: Code.ResourceExhausted });
  });
});

async function* pieces(count: number) {
  for (let i = 0; i < count; i++) yield { data: new Uint8Array(2) };
}

async function* questions(...texts: readonly string[]) {
  for (const value of texts) yield { messageRequest: { case: "fileByFilename" as const, value } };
}

describe("the end of a stream in memory", () => {
  test.each([
    ["the caller aborts", {}, Code.Canceled, "AbortError"],
    ["its deadline passes", { timeoutMs: 200 }, Code.DeadlineExceeded, "TimeoutError"],
  ])("comes when %s, whether or not the handler takes notice", async (_when, options, code, reason) => {
    const abort = new AbortController();
    const told = Promise.withResolvers<Error>();
    const deaf = watching(async function* (_request, { signal }) {
      signal.addEventListener("abort", () => told.resolve(signal.reason));
      yield {};
      await new Promise(() => {});
    });
    const error = await failureOf(async () => {
      for await (const _ of watch(deaf, { signal: abort.signal, ...options }))
        if (code === Code.Canceled) queueMicrotask(() => abort.abort());
    });
    expect(error.code).toBe(code);
    expect((await told.promise).name).toBe(reason);
  });

  test("comes for a handler whose reader has gone away, which then cleans up", async () => {
    const ended = Promise.withResolvers<string>();
    const endless = watching(async function* (_request, { signal }) {
      try {
        for (;;) yield {};
      } finally {
        ended.resolve((signal.reason as Error).message);
      }
    });
    const request = create(WatchOperationRequestSchema, { name: NAME });
    const { method } = OperationService;
    const requests = (async function* () {
      yield request;
    })();
    const transport = inMemoryTransport([endless]);
    const { message } = await transport.stream(method.watchOperation, undefined, undefined, undefined, requests);
    for await (const _ of message) break;
    expect(await ended.promise).toBe("the call has ended");
  });

  test("comes for a caller's messages that nobody wants any more", async () => {
    const ended = Promise.withResolvers<void>();
    const requests = (async function* () {
      try {
        for (;;) yield { data: new Uint8Array(1) };
      } finally {
        ended.resolve();
      }
    })();
    const refusing = uploading(async (them) => {
      for await (const _ of them) throw new ConnectError("enough", Code.ResourceExhausted);
      return {};
    });
    const client = createClient(ArtifactService, inMemoryTransport([refusing]));
    expect((await failureOf(() => client.uploadArtifact(requests))).code).toBe(Code.ResourceExhausted);
    await ended.promise;
  });

  test("is before its beginning if the caller has aborted already", async () => {
    let calls = 0;
    const counting = watching(async function* () {
      calls += 1;
      yield {};
    });
    const error = await failureOf(() => Array.fromAsync(watch(counting, { signal: AbortSignal.abort() })));
    expect([error.code, calls]).toEqual([Code.Canceled, 0]);
  });
});

test("a handler makes no message before it is asked for", async () => {
  const made: number[] = [];
  const counting = watching(async function* () {
    for (let i = 0; i < 3; i++) {
      made.push(i);
      yield {};
    }
  });
  const seen: number[] = [];
  for await (const _ of watch(counting)) seen.push(made.length);
  expect(seen).toEqual([1, 2, 3]);
});

test("what a caller does to make its messages goes on in its own name", async () => {
  const actors: string[] = [];
  const inner = watching(async function* (_request, { requestHeader }) {
    actors.push(requestHeader.get("throughline-actor") ?? "nobody is named");
    yield {};
  });
  const reading = uploading((requests, context) =>
    // As the guard has it around every handler.
    inScope(context, async () => {
      for await (const _ of requests);
      return {};
    }),
  );
  const requests = (async function* () {
    await Array.fromAsync(watch(inner));
    yield { data: new Uint8Array(1) };
  })();
  await createClient(ArtifactService, inMemoryTransport([reading])).uploadArtifact(requests);
  expect(actors).toEqual(["nobody is named"]);
});
