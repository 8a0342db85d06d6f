import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from "node:http2";
import { deflateSync, gzipSync } from "node:zlib";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { StatusSchema } from "@throughline/contracts/google/rpc/status_pb";
import {
  GetOperationRequestSchema,
  GetOperationResponseSchema,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { DomainError, LIMITS } from "@throughline/kernel";
import { afterEach, describe, expect, test } from "vitest";
import { translate } from "./errors.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { mount } from "./mount.ts";
import { operationHandlers } from "./operations.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const PATH = `/${OperationService.typeName}/GetOperation`;
const NAME = "projects/p/operations/test.1";

/** Serves GetOperation, and speaks to it in bare HTTP/2. */
async function serve(getOperation: (name: string) => unknown = () => ({ operation: { name: NAME } })) {
  const never = () => Promise.reject(new Error("only GetOperation is called"));
  const others = operationHandlers({ get: never, list: never, cancel: never, watch: () => (async function* () {})() });
  const handlers = {
    ...others,
    getOperation: async ({ name }: { name: string }) => (await getOperation(name)) as object,
  };
  const server: GrpcServer = await serveGrpc({
    mounts: [mount(OperationService, handlers)],
    host: "127.0.0.1",
    port: 0,
  });
  ended.push(() => server.stop(0));
  const session = connect(`http://127.0.0.1:${server.port}`);
  session.on("error", () => {});
  ended.push(() => session.destroy());
  return { server, session, ask: (asked: Asked) => ask(session, asked) };
}

interface Asked {
  readonly headers?: Record<string, string>;
  /** What the body is made of, piece by piece. */
  readonly pieces?: readonly Buffer[];
  /** False: the body does not end. */
  readonly ends?: boolean;
}

interface Told {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details: string;
  readonly body: Buffer;
}

function ask(
  session: ClientHttp2Session,
  { headers = {}, pieces = [frame(REQUEST)], ends = true }: Asked,
): Promise<Told> {
  const stream = session.request(
    { ":method": "POST", ":path": PATH, "content-type": "application/grpc", te: "trailers", ...headers },
    { endStream: false },
  );
  const seen: IncomingHttpHeaders = {};
  const body: Buffer[] = [];
  stream.on("response", (it) => Object.assign(seen, it)).on("trailers", (it) => Object.assign(seen, it));
  stream.on("data", (it: Buffer) => void body.push(it)).on("error", () => {});
  for (const it of pieces) stream.write(it);
  if (ends) stream.end();
  return new Promise((resolve) =>
    stream.once("close", () =>
      resolve({
        status: Number(seen[":status"]),
        code: String(seen["grpc-status"]),
        message: String(seen["grpc-message"] ?? ""),
        details: String(seen["grpc-status-details-bin"] ?? ""),
        body: Buffer.concat(body),
      }),
    ),
  );
}

function frame(bytes: Uint8Array, compressed = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = compressed;
  head.writeUInt32BE(bytes.byteLength, 1);
  return Buffer.concat([head, bytes]);
}

const REQUEST = toBinary(GetOperationRequestSchema, create(GetOperationRequestSchema, { name: NAME }));
const OK = "0";
const [INVALID, EXHAUSTED, UNIMPLEMENTED] = ["3", "8", "12"];

describe("a call over bare HTTP/2", () => {
  test("is answered, in however many pieces it comes", async () => {
    const { ask } = await serve();
    const bytes = [...frame(REQUEST)].map((it) => Buffer.of(it));
    for (const pieces of [[frame(REQUEST)], bytes]) {
      const { status, code, body } = await ask({ pieces });
      expect({ status, code }).toEqual({ status: 200, code: OK });
      expect(fromBinary(GetOperationResponseSchema, body.subarray(5)).operation?.name).toBe(NAME);
    }
  });

  test("may be compressed", async () => {
    const { ask } = await serve((name) => ({ operation: { name, state: OperationState.RUNNING } }));
    for (const [encoding, bytes] of [
      ["gzip", gzipSync(REQUEST)],
      ["deflate", deflateSync(REQUEST)],
    ] as const) {
      const { code, body } = await ask({ headers: { "grpc-encoding": encoding }, pieces: [frame(bytes, 1)] });
      expect(code).toBe(OK);
      expect(fromBinary(GetOperationResponseSchema, body.subarray(5)).operation?.name).toBe(NAME);
    }
  });

  const large = Buffer.alloc(LIMITS.messageBytesMax + 1);
  const lying = Buffer.from(frame(REQUEST));
  lying.writeUInt32BE(0xffff_ffff, 1);
  test.each<readonly [string, Asked, string | undefined]>([
    ["no message", { pieces: [] }, INVALID],
    ["two messages", { pieces: [frame(REQUEST), frame(REQUEST)] }, INVALID],
    ["an end within the message", { pieces: [frame(REQUEST).subarray(0, -1)] }, INVALID],
    ["an end within its head", { pieces: [Buffer.of(0, 0)] }, INVALID],
    ["bytes that are no message", { pieces: [frame(Buffer.from("nonsense"))] }, INVALID],
    ["a length beyond the limit, of which nothing comes", { pieces: [lying.subarray(0, 5)], ends: false }, EXHAUSTED],
    ["a message beyond the limit", { pieces: [frame(large)] }, EXHAUSTED],
    [
      "a message that decompresses to more",
      { headers: { "grpc-encoding": "gzip" }, pieces: [frame(gzipSync(large), 1)] },
      EXHAUSTED,
    ],
    [
      "broken compression",
      { headers: { "grpc-encoding": "gzip" }, pieces: [frame(Buffer.from("nonsense"), 1)] },
      INVALID,
    ],
    ["compression that is not named", { pieces: [frame(gzipSync(REQUEST), 1)] }, INVALID],
    ["unknown compression", { headers: { "grpc-encoding": "snappy" }, pieces: [frame(REQUEST, 1)] }, UNIMPLEMENTED],
    ["an unknown method", { headers: { ":path": "/a.B/C" } }, UNIMPLEMENTED],
    ["a timeout that is none", { headers: { "grpc-timeout": "soon" } }, INVALID],
  ])("is refused for %s, and others go on", async (_, asked, code) => {
    const { ask } = await serve();
    expect(await ask(asked)).toMatchObject({ status: 200, code });
    expect((await ask({})).code).toBe(OK);
  });

  test("whose answer is no message is an internal error that tells nothing of it", async () => {
    const { ask } = await serve(() => ({ operation: { name: NAME, progress: 1n } }));
    expect(await ask({})).toMatchObject({ code: "13", message: "internal error" });
  });

  test("is none, if it says so itself", async () => {
    const { ask } = await serve();
    expect((await ask({ headers: { "content-type": "application/json" } })).status).toBe(415);
    expect((await ask({ headers: { ":method": "PUT" } })).status).toBe(415);
  });

  test("tells its error in any language, and the reason also where the details are too long for a header", async () => {
    const violations = Array.from({ length: 500 }, (_, i) => ({ path: `field ${i}`, description: "is wrong: ü %" }));
    const error = new DomainError("invalid", "MANY_FIELDS", "falsch: ü % \n", { violations });
    const { ask } = await serve(() => {
      throw translate(error, () => {});
    });
    const { code, message, details } = await ask({});
    expect(code).toBe(INVALID);
    expect(decodeURIComponent(message)).toBe("falsch: ü % \n");
    const { details: kept } = fromBinary(StatusSchema, Buffer.from(details, "base64"));
    expect(kept.map((it) => it.typeUrl)).toEqual(["type.googleapis.com/google.rpc.ErrorInfo"]);
  });
});

describe("a stop", () => {
  test("lets the calls under way end, and takes no others", async () => {
    const release = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const { server, ask } = await serve(async (name) => {
      arrived.resolve();
      await release.promise;
      return { operation: { name } };
    });
    const first = ask({});
    await arrived.promise;
    const stopped = server.stop(60_000);
    release.resolve();
    expect((await first).code).toBe(OK);
    await stopped;
  });

  test("ends what has not ended in time", async () => {
    const arrived = Promise.withResolvers<void>();
    const { server, ask } = await serve(() => {
      arrived.resolve();
      return new Promise(() => {});
    });
    const first = ask({});
    await arrived.promise;
    await server.stop(1);
    expect((await first).code).toBe("undefined");
  });
});
