import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { HandlerContext } from "@connectrpc/connect";
import { Client, type ClientUnaryCall, credentials, Metadata, status } from "@grpc/grpc-js";
import {
  GetOperationRequestSchema,
  GetOperationResponseSchema,
  OperationService,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { afterEach, expect, test, vi } from "vitest";
import { headerReader } from "./call-context.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { mount } from "./mount.ts";
import { operationHandlers } from "./operations.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

interface Ended {
  readonly code: number;
  readonly trailer: Metadata;
}

interface Asked {
  readonly call: ClientUnaryCall;
  readonly end: Promise<Ended>;
}

/** Serves a handler that looks at its context, and returns how to call it. */
async function serve(look: (context: HandlerContext) => unknown) {
  const never = () => Promise.reject(new Error("only GetOperation is called"));
  const handlers = operationHandlers({
    get: never,
    list: never,
    cancel: never,
    watch: () => (async function* () {})(),
  });
  const getOperation = async (_request: unknown, context: HandlerContext) => {
    await look(context);
    return {};
  };
  const mounts = [mount(OperationService, { ...handlers, getOperation })];
  const server: GrpcServer = await serveGrpc({ mounts, host: "127.0.0.1", port: 0 });
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure());
  ended.push(
    () => client.close(),
    () => server.stop(0),
  );
  return (metadata = new Metadata(), deadline = Number.POSITIVE_INFINITY): Asked => {
    const request = toBinary(GetOperationRequestSchema, create(GetOperationRequestSchema, { name: "n" }));
    let call: ClientUnaryCall | undefined;
    const end = new Promise<Ended>((resolve) => {
      call = client.makeUnaryRequest(
        `/${OperationService.typeName}/GetOperation`,
        () => Buffer.from(request),
        (bytes) => fromBinary(GetOperationResponseSchema, bytes),
        {},
        metadata,
        { deadline },
        () => {},
      );
      call.on("status", ({ code, metadata: trailer }) => resolve({ code, trailer }));
    });
    return { call: call as ClientUnaryCall, end };
  };
}

test("a header that is read by itself is the same as among all of them", async () => {
  const names = ["once", "twice", "blanks", "absent", "throughline-actor"];
  let seen: (readonly (string | null)[])[] = [];
  const call = await serve((context) => {
    const read = headerReader(context);
    const alone = names.map(read);
    seen = [alone, names.map((it) => context.requestHeader.get(it))];
  });
  const metadata = new Metadata();
  metadata.add("once", "one");
  metadata.add("twice", "one");
  metadata.add("twice", "two");
  metadata.add("blanks", "a  b");
  metadata.add("Throughline-Actor", "ada");
  expect((await call(metadata).end).code).toBe(status.OK);
  expect(seen[0]).toEqual(["one", "one, two", "a  b", null, "ada"]);
  expect(seen[1]).toEqual(seen[0]);
});

test("trailers that a handler sets reach the caller", async () => {
  const call = await serve((context) => context.responseTrailer.set("took", "long"));
  expect((await call().end).trailer.get("took")).toEqual(["long"]);
});

test("the signal tells that the caller went away, also a handler that asks only afterwards", async () => {
  const contexts: HandlerContext[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = Promise.withResolvers<void>();
  const reasons: unknown[] = [];
  const call = await serve(async (context) => {
    contexts.push(context);
    if (contexts.length > 1) return;
    arrived.resolve();
    await released;
    reasons.push(context.signal.reason);
  });
  const first = call();
  await arrived.promise;
  first.call.cancel();
  expect((await first.end).code).toBe(status.CANCELLED);
  // On the same connection, so the server has read the cancellation once it answers this.
  await call().end;
  release();
  await call().end;
  expect(reasons).toEqual([expect.objectContaining({ name: "AbortError", message: "the caller went away" })]);
});

test("the signal tells that the deadline has passed", async () => {
  const reasons: unknown[] = [];
  const lefts: (number | undefined)[] = [];
  const call = await serve(async (context) => {
    lefts.push(context.timeoutMs());
    const { signal } = context;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    reasons.push(signal.reason);
  });
  // On a machine that is busy a deadline may pass before the server has begun: such a call shows nothing, and a longer one does.
  for (let timeoutMs = 100; reasons.length === 0; timeoutMs *= 2) {
    expect((await call(new Metadata(), Date.now() + timeoutMs).end).code).toBe(status.DEADLINE_EXCEEDED);
    if (lefts.length > 0) {
      expect(lefts[0]).toBeLessThanOrEqual(timeoutMs);
      await vi.waitUntil(() => reasons.length > 0, { timeout: 4000 });
    }
  }
  expect(reasons[0]).toBeInstanceOf(DOMException);
});

test("the signal of a call that has ended well is aborted, so that what still listens ends", async () => {
  const signals: AbortSignal[] = [];
  const call = await serve(({ signal }) => {
    signals.push(signal);
    expect(signal.aborted).toBe(false);
  });
  expect((await call().end).code).toBe(status.OK);
  // The server has closed the first call once it answers another one on the same connection.
  expect((await call().end).code).toBe(status.OK);
  expect(signals[0]?.reason).toMatchObject({ message: "the call has ended" });
});
