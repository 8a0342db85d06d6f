import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { Client, credentials } from "@grpc/grpc-js";
import { BadRequestSchema, ErrorInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { Health } from "@throughline/contracts/grpc/health/v1/health_pb";
import { ServerReflection } from "@throughline/contracts/grpc/reflection/v1/reflection_pb";
import { OperationService } from "@throughline/contracts/throughline/type/v1/operation_pb";
import { Role } from "@throughline/contracts/throughline/type/v1/policy_pb";
import { digestOfBytes, notFound } from "@throughline/kernel";
import { type LogEvent, openTelemetry } from "@throughline/telemetry";
import { afterEach, describe, expect, test } from "vitest";
import { type Authenticate, callerOf, requireToken, trustLocalCallers } from "./caller.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { guard } from "./guard.ts";
import { healthMount, readiness } from "./health.ts";
import { mount } from "./mount.ts";
import { callObserver } from "./observe.ts";
import { operationHandlers } from "./operations.ts";
import { reflectionMount } from "./reflection.ts";
import { grpcTransport, inMemoryTransport } from "./transports.ts";

const NAME = "projects/p/operations/test.1";
const running = {
  name: NAME,
  kind: "Test",
  target: "",
  state: "running",
  progress: 0.5,
  message: "half",
  createdMs: 0,
} as const;

const handlers = operationHandlers({
  get: async (name) => {
    if (name === "projects/p/operations/test.bug") throw new TypeError("a secret of the implementation");
    if (name !== NAME) throw notFound(name);
    return running;
  },
  list: async () => ({ items: [running], nextPageToken: "" }),
  cancel: async () => running,
  async *watch(_name, signal) {
    yield running;
    yield { ...running, progress: 0.75 };
    // Stays open until the caller goes away.
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  },
});

const servers: GrpcServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((it) => it.stop(0)));
});

async function start(authenticate: Authenticate = trustLocalCallers) {
  const events: { event: LogEvent; cause?: unknown }[] = [];
  const log = {
    info: (event: LogEvent) => void events.push({ event }),
    error: (event: LogEvent, cause?: unknown) => void events.push({ event, cause }),
  };
  const telemetry = openTelemetry({ serviceName: "test" });
  const observe = callObserver({ telemetry, log, logCalls: true });
  const guarded = guard(mount(OperationService, handlers), { authenticate, observe });
  const state = readiness(async () => {});
  const mounts = [guarded, healthMount(state, [OperationService.typeName]), reflectionMount([OperationService])];
  const server = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
  servers.push(server);
  const url = `http://127.0.0.1:${server.port}`;
  return { events, telemetry, mounts, state, url, port: server.port, transport: grpcTransport(url) };
}

const failureOf = (call: Promise<unknown>): Promise<ConnectError> =>
  call.then(
    () => Promise.reject(new Error("the call did not fail")),
    (error: unknown) => ConnectError.from(error),
  );

describe("a guarded service over gRPC and in memory", () => {
  test("answers alike over both", async () => {
    const { transport, mounts } = await start();
    const overGrpc = await createClient(OperationService, transport).getOperation({ name: NAME });
    const inMemory = await createClient(OperationService, inMemoryTransport(mounts)).getOperation({ name: NAME });
    expect(overGrpc).toEqual(inMemory);
    expect(overGrpc.operation?.progress).toBe(0.5);
  });

  test.each([5, 15, 40])(
    "ends a call with a message of %i MB, and none of its connection beside it or after it",
    async (megabytes) => {
      const { getOperation } = createClient(OperationService, (await start()).transport);
      const large = failureOf(getOperation({ name: "x".repeat(megabytes * 1_000_000) }));
      await Promise.all(Array.from({ length: 20 }, () => getOperation({ name: NAME })));
      expect((await large).code).toBe(Code.ResourceExhausted);
      expect((await getOperation({ name: NAME })).operation?.name).toBe(NAME);
    },
  );

  test("names the field, the reason and the rule of a wrong request, over both", async () => {
    const { transport, mounts } = await start();
    for (const it of [transport, inMemoryTransport(mounts)]) {
      const error = await failureOf(
        createClient(OperationService, it).listOperations({ parent: "nonsense", service: "x", pageSize: -1 }),
      );
      expect(error.code).toBe(Code.InvalidArgument);
      expect(error.findDetails(ErrorInfoSchema)[0]).toMatchObject({ reason: "INVALID_FIELD", domain: "throughline" });
      const fields = error.findDetails(BadRequestSchema)[0]?.fieldViolations.map((violation) => violation.field);
      expect(fields).toEqual(["parent", "page_size"]);
    }
  });

  test("gives a domain error its status and reason, and hides a bug but logs its cause", async () => {
    const { transport, events } = await start();
    const client = createClient(OperationService, transport);
    const absent = await failureOf(client.getOperation({ name: "projects/p/operations/test.absent" }));
    expect(absent.code).toBe(Code.NotFound);
    expect(absent.findDetails(ErrorInfoSchema)[0]?.metadata).toEqual({ resource: "projects/p/operations/test.absent" });

    const bug = await failureOf(client.getOperation({ name: "projects/p/operations/test.bug" }));
    expect(bug.code).toBe(Code.Internal);
    expect(bug.rawMessage).toBe("internal error");
    expect(events.find((it) => it.event.event === "bug")?.cause).toBeInstanceOf(TypeError);
  });

  test("answers bytes that are no message with INVALID_ARGUMENT", async () => {
    const { port } = await start();
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const path = `/${OperationService.typeName}/GetOperation`;
    const code = await new Promise<number | undefined>((resolve) => {
      client.makeUnaryRequest(
        path,
        (it: Buffer) => it,
        (it) => it,
        Buffer.from([0x0a, 0xff]),
        (error) => resolve(error?.code),
      );
    });
    client.close();
    expect(code).toBe(Code.InvalidArgument);
  });

  test("streams, and stops the handler when the reader goes away", async () => {
    const { transport, events } = await start();
    const abort = new AbortController();
    const seen: number[] = [];
    const read = async () => {
      for await (const { operation } of createClient(OperationService, transport).watchOperation(
        { name: NAME },
        { signal: abort.signal },
      )) {
        seen.push(operation?.progress ?? -1);
        if (seen.length === 2) abort.abort();
      }
    };
    expect((await failureOf(read())).code).toBe(Code.Canceled);
    expect(seen).toEqual([0.5, 0.75]);
    await expect
      .poll(() => events.filter((it) => it.event["method"] === `${OperationService.typeName}/WatchOperation`).length)
      .toBe(1);
  });

  test("ends a handler at the caller's deadline", async () => {
    const { transport } = await start();
    const read = async () => {
      for await (const _ of createClient(OperationService, transport).watchOperation(
        { name: NAME },
        { timeoutMs: 50 },
      )) {
        // Reads on until the deadline.
      }
    };
    expect((await failureOf(read())).code).toBe(Code.DeadlineExceeded);
  });

  test("asks for a token where one is required, and checks its role", async () => {
    const holder = { actor: "ada", role: Role.PUBLIC, tokenSha256: digestOfBytes("secret").slice(7) };
    const { url } = await start(requireToken([holder]));
    const call = (token?: string) =>
      failureOf(createClient(OperationService, grpcTransport(url, token)).getOperation({ name: NAME }));
    expect((await call()).code).toBe(Code.Unauthenticated);
    expect((await call("guess")).code).toBe(Code.Unauthenticated);
    const denied = await call("secret");
    expect(denied.code).toBe(Code.PermissionDenied);
    expect(denied.findDetails(ErrorInfoSchema)[0]?.reason).toBe("ROLE_TOO_LOW");
  });

  test("counts and times calls for Prometheus", async () => {
    const { transport, telemetry } = await start();
    await createClient(OperationService, transport).getOperation({ name: NAME });
    expect(await telemetry.prometheus()).toMatch(
      /rpc_server_duration_seconds_count\{[^}]*rpc_method="GetOperation"[^}]*\} 1/,
    );
  });

  test("tells its health, and that it is about to stop", async () => {
    const { transport, state } = await start();
    const client = createClient(Health, transport);
    expect((await client.check({ service: OperationService.typeName })).status).toBe(1);
    expect((await failureOf(client.check({ service: "unknown" }))).code).toBe(Code.NotFound);
    state.drain();
    expect((await client.check({})).status).toBe(2);
  });

  test("lists its services by reflection, with every file that they need", async () => {
    const { transport } = await start();
    const client = createClient(ServerReflection, transport);
    const ask = async function* () {
      yield { messageRequest: { case: "listServices" as const, value: "" } };
      yield {
        messageRequest: {
          case: "fileContainingSymbol" as const,
          value: "throughline.type.v1.OperationService.GetOperation",
        },
      };
      yield { messageRequest: { case: "fileContainingSymbol" as const, value: "no.such.Symbol" } };
    };
    const answers = [];
    for await (const { messageResponse } of client.serverReflectionInfo(ask())) answers.push(messageResponse);
    expect(answers[0]?.value).toMatchObject({ service: [{ name: OperationService.typeName }] });
    expect(
      answers[1]?.case === "fileDescriptorResponse" && answers[1].value.fileDescriptorProto.length,
    ).toBeGreaterThan(4);
    expect(answers[2]).toMatchObject({ case: "errorResponse", value: { errorCode: Code.NotFound } });
  });
});

test("a handler knows who calls", async () => {
  const seen: unknown[] = [];
  const implementation = {
    ...handlers,
    getOperation: async (_request: unknown, context: Parameters<typeof handlers.getOperation>[1]) => {
      seen.push(callerOf(context).actor);
      return {};
    },
  };
  const observe = callObserver({
    telemetry: openTelemetry({ serviceName: "test" }),
    log: { info() {}, error() {} },
    logCalls: false,
  });
  const guarded = guard(mount(OperationService, implementation), { authenticate: trustLocalCallers, observe });
  const client = createClient(OperationService, inMemoryTransport([guarded]));
  await client.getOperation({ name: NAME }, { headers: { "throughline-actor": "ada" } });
  await client.getOperation({ name: NAME });
  expect(seen).toEqual(["ada", "local"]);
});

test("what a handler calls goes on under the caller's trace and name", async () => {
  const seen: (string | null)[][] = [];
  const observe = callObserver({
    telemetry: openTelemetry({ serviceName: "test" }),
    log: { info() {}, error() {} },
    logCalls: false,
  });
  const guarded = (implementation: typeof handlers) =>
    guard(mount(OperationService, implementation), { authenticate: trustLocalCallers, observe });
  const inner = guarded({
    ...handlers,
    getOperation: async (_request, { requestHeader }) => {
      seen.push([requestHeader.get("throughline-actor"), requestHeader.get("traceparent")?.slice(3, 35) ?? null]);
      return {};
    },
  });
  const called = createClient(OperationService, inMemoryTransport([inner]));
  const outer = guarded({
    ...handlers,
    getOperation: ({ name }) => called.getOperation({ name }),
    async *watchOperation({ name }) {
      for (let i = 0; i < 2; i++) {
        await called.getOperation({ name });
        yield {};
      }
    },
  });
  const trace = "0af7651916cd43dd8448eb211c80319c";
  const headers = { "throughline-actor": "ada", traceparent: `00-${trace}-b7ad6b7169203331-01` };
  const client = createClient(OperationService, inMemoryTransport([outer]));
  await client.getOperation({ name: NAME }, { headers });
  for await (const _ of client.watchOperation({ name: NAME }, { headers }));
  expect(seen).toEqual(Array(3).fill(["ada", trace]));
});
