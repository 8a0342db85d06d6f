/**
 * A unary gRPC call to a guarded service, beside the same call to a bare grpc-js server with the same messages.
 *
 * Two servers, each a process of its own, are asked in turn by a client in a third. Every pair of figures comes from the
 * same seconds of the same machine; the median over the rounds is printed. `--seconds 2 --rounds 5` are the defaults.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { parseArgs } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Client, credentials, Server, ServerCredentials } from "@grpc/grpc-js";
import {
  GetOperationRequestSchema,
  type GetOperationResponse,
  GetOperationResponseSchema,
  OperationService,
  OperationState,
} from "@throughline/contracts/throughline/type/v1/operation_pb";
import { openTelemetry, silentLog } from "@throughline/telemetry";
import { callObserver, guard, mount, operationHandlers, serveGrpc, trustLocalCallers } from "../src/index.ts";

const PATH = `/${OperationService.typeName}/GetOperation`;
const NAME = "projects/default/operations/bench.1";
const RESPONSE = create(GetOperationResponseSchema, {
  operation: { name: NAME, kind: "Bench", state: OperationState.RUNNING, progress: 0.5, message: "half of it" },
});
const ROLES = ["bare", "guarded", "client"] as const;
type Role = (typeof ROLES)[number];

const bytesOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The floor: what grpc-js and the messages cost by themselves. */
async function serveBare(): Promise<number> {
  const server = new Server();
  const definition = {
    getOperation: {
      path: PATH,
      requestStream: false as const,
      responseStream: false as const,
      requestSerialize: () => Buffer.alloc(0),
      requestDeserialize: (bytes: Buffer) => fromBinary(GetOperationRequestSchema, bytes),
      responseSerialize: (it: GetOperationResponse) => bytesOf(toBinary(GetOperationResponseSchema, it)),
      responseDeserialize: (bytes: Buffer) => fromBinary(GetOperationResponseSchema, bytes),
    },
  };
  server.addService(definition, {
    getOperation: (_call: unknown, done: (error: null, response: GetOperationResponse) => void) => done(null, RESPONSE),
  });
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    ),
  );
}

/** Our server with everything around the handler: caller, policy, rules of the contract, errors, span, histogram. */
async function serveGuarded(): Promise<number> {
  const never = () => Promise.reject(new Error("the bench calls GetOperation alone"));
  const unused = operationHandlers({ get: never, list: never, cancel: never, watch: () => (async function* () {})() });
  const handlers = { ...unused, getOperation: async () => RESPONSE };
  const observe = callObserver({ telemetry: openTelemetry({ serviceName: "bench" }), log: silentLog, logCalls: false });
  const mounts = [guard(mount(OperationService, handlers), { authenticate: trustLocalCallers, observe })];
  return (await serveGrpc({ mounts, host: "127.0.0.1", port: 0 })).port;
}

/** Calls for some time with some callers, each of which waits for its answer, and returns the number of calls. */
async function callFor({ port, callers, ms }: { port: number; callers: number; ms: number }): Promise<number> {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
  const request = create(GetOperationRequestSchema, { name: NAME });
  const call = () =>
    new Promise<void>((resolve, reject) =>
      client.makeUnaryRequest(
        PATH,
        () => bytesOf(toBinary(GetOperationRequestSchema, request)),
        (bytes) => fromBinary(GetOperationResponseSchema, bytes),
        request,
        (error) => (error ? reject(error) : resolve()),
      ),
    );
  await call();
  const end = performance.now() + ms;
  let calls = 0;
  const caller = async () => {
    while (performance.now() < end) {
      await call();
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  client.close();
  return calls;
}

/** What a child process does: it serves, or calls, and answers each message of the bench with a number. */
async function work(role: Role): Promise<void> {
  if (role === "client") {
    process.on("message", async (order: Parameters<typeof callFor>[0]) => process.send?.(await callFor(order)));
    return void process.send?.(0);
  }
  const port = role === "bare" ? await serveBare() : await serveGuarded();
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.send?.(port);
}

async function ask(child: ChildProcess, message: object): Promise<number> {
  const answer = once(child, "message");
  child.send(message);
  return Number((await answer)[0]);
}

interface Figures {
  readonly callsPerSecond: number;
  /** Processor time of the server. */
  readonly serverMicrosecondsPerCall: number;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const medians = (figures: readonly Figures[]): Figures => ({
  callsPerSecond: Math.round(median(figures.map((it) => it.callsPerSecond))),
  serverMicrosecondsPerCall: Math.round(median(figures.map((it) => it.serverMicrosecondsPerCall)) * 10) / 10,
});

async function bench({ seconds, rounds }: { readonly seconds: number; readonly rounds: number }): Promise<void> {
  const children = ROLES.map((role) => fork(import.meta.filename, [`--role=${role}`]));
  try {
    const [bare = 0, guarded = 0] = await Promise.all(
      children.map(async (it) => Number((await once(it, "message"))[0])),
    );
    const [bareServer, guardedServer, client] = children as [ChildProcess, ChildProcess, ChildProcess];
    const measure = async (server: ChildProcess, port: number, callers: number, ms: number): Promise<Figures> => {
      const before = await ask(server, {});
      const calls = await ask(client, { port, callers, ms });
      const cpu = (await ask(server, {})) - before;
      return { callsPerSecond: (calls / ms) * 1_000, serverMicrosecondsPerCall: cpu / calls };
    };
    for (const callers of [1, 32]) {
      const floors: Figures[] = [];
      const ours: Figures[] = [];
      await measure(bareServer, bare, callers, 1_000);
      await measure(guardedServer, guarded, callers, 1_000);
      for (let round = 0; round < rounds; round++) {
        floors.push(await measure(bareServer, bare, callers, seconds * 1_000));
        ours.push(await measure(guardedServer, guarded, callers, seconds * 1_000));
      }
      show(callers, medians(ours), medians(floors));
    }
  } finally {
    for (const it of children) it.kill();
  }
}

const rows: object[] = [];

function show(callers: number, guarded: Figures, floor: Figures): void {
  const ratio = Math.round((guarded.callsPerSecond / floor.callsPerSecond) * 100) / 100;
  const row = { bench: "round-trip", callers, guarded, floor, ratio };
  console.log(JSON.stringify(row));
  rows.push({
    callers,
    "guarded calls/s": guarded.callsPerSecond,
    "bare calls/s": floor.callsPerSecond,
    ratio,
    "guarded server µs/call": guarded.serverMicrosecondsPerCall,
    "bare server µs/call": floor.serverMicrosecondsPerCall,
  });
}

const { values } = parseArgs({
  options: {
    role: { type: "string" },
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "5" },
  },
});
const role = ROLES.find((it) => it === values.role);
if (role) await work(role);
else {
  await bench({ seconds: Number(values.seconds), rounds: Number(values.rounds) });
  console.table(rows);
}
