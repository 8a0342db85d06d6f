import { Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { GRPCInferenceService, type ModelInferRequest } from "@throughline/contracts/inference/open_inference_pb";
import { afterEach, expect, test } from "vitest";
import { reasonOf } from "./errors.ts";
import { type GrpcServer, serveGrpc } from "./grpc-server.ts";
import { type LoadGate, loadGate } from "./load-gate.ts";
import { LOOK_MS } from "./load-limit.ts";
import { mount } from "./mount.ts";
import { gateWithClock } from "./testing-gate.ts";
import { grpcTransport } from "./transports.ts";

const servers: GrpcServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((it) => it.stop(0)));
});

type Answering = (request: ModelInferRequest) => unknown;

const serve = async (gate: LoadGate, modelInfer?: Answering) => clientOf(await listening(gate, modelInfer));

const clientOf = (port: number) => createClient(GRPCInferenceService, grpcTransport(`http://127.0.0.1:${port}`));

async function listening(gate: LoadGate, modelInfer: Answering = () => ({ modelName: "tiny" })): Promise<number> {
  // Of the contract nothing but the calls that are made here.
  const implementation = {
    modelInfer,
    serverLive: () => ({ live: true }),
  } as unknown as ServiceImpl<typeof GRPCInferenceService>;
  const server = await serveGrpc({
    mounts: [mount(GRPCInferenceService, implementation)],
    host: "127.0.0.1",
    port: 0,
    gate,
  });
  servers.push(server);
  return server.port;
}

test("an overloaded process refuses calls with the time after which to come again, and goes on to tell that it lives", async () => {
  const { gate, turn } = gateWithClock();
  const client = await serve(gate);
  for (let i = 0; i < 500; i++) gate.enter(10_000);
  turn(200);
  turn(200);
  const refused = await client.modelInfer({ modelName: "tiny" }).then(() => undefined, ConnectError.from);
  expect(refused?.code).toBe(Code.ResourceExhausted);
  expect(reasonOf(refused)).toBe("OVERLOADED");
  expect(refused?.findDetails(RetryInfoSchema)[0]?.retryDelay).toMatchObject({ seconds: 0n, nanos: 320_000_000 });
  expect(await client.serverLive({})).toMatchObject({ live: true });

  for (let i = 0; i < 500; i++) gate.leave();
  expect((await client.modelInfer({ modelName: "tiny" })).modelName).toBe("tiny");
});

/** A gate by the process's clock, in which nothing else is let in. */
const ownGate = () =>
  loadGate({
    now: () => performance.now(),
    random: Math.random,
    busyMs: () => performance.eventLoopUtilization().active,
    every(ms, look) {
      const timer = setInterval(look, ms).unref();
      return () => clearInterval(timer);
    },
    afterTurn: setImmediate,
  });

test("a process that stood still answers more calls than it lets in in one turn", async () => {
  const gate = ownGate();
  let [most, atWork] = [0, 0];
  const port = await listening(gate, async () => {
    atWork += 1;
    most = Math.max(most, atWork);
    await new Promise((resolve) => setTimeout(resolve, 5));
    atWork -= 1;
    return { modelName: "tiny" };
  });
  const clients = Array.from({ length: 4 }, () => clientOf(port));
  await Promise.all(clients.map((it) => it.serverLive({})));
  const refusedAfterStand = async (): Promise<number> => {
    const calls = clients.flatMap((it) =>
      Array.from({ length: 150 }, () => it.modelInfer({ modelName: "tiny" }).catch(ConnectError.from)),
    );
    const until = performance.now() + 300;
    while (performance.now() < until);
    return (await Promise.all(calls)).filter((it) => it instanceof ConnectError).length;
  };
  // On a machine with much else to do the time at the door may be over first.
  let refused = await refusedAfterStand();
  for (let tries = 1; tries < 20 && refused > 0; tries++) refused = await refusedAfterStand();
  expect(refused).toBe(0);
  expect(most).toBeLessThanOrEqual(512);
});

test("a call that waits for room is refused when its time there is over, and its message is dealt with only once it is in", async () => {
  const { gate, turn } = gateWithClock();
  const modelNames: string[] = [];
  const client = await serve(gate, (request) => {
    modelNames.push(request.modelName);
    return { modelName: "tiny" };
  });
  for (let i = 0; i < 512; i++) gate.enter(10_000);
  const refused = await client.modelInfer({ modelName: "late" }).then(() => undefined, ConnectError.from);
  expect(reasonOf(refused)).toBe("OVERLOADED");
  expect(refused?.findDetails(RetryInfoSchema)[0]?.retryDelay).toBeDefined();
  const gone = new AbortController();
  const left = client.modelInfer({ modelName: "gone" }, { signal: gone.signal }).catch(ConnectError.from);
  // Larger than what may be sent of a call that is not dealt with.
  const raw = new Uint8Array(3 * 1024 ** 2);
  const large = client.modelInfer({ modelName: "large", rawInputContents: [raw] }, { timeoutMs: 600_000 });
  await client.serverLive({});
  gone.abort();
  await left;
  // What another call needs has passed behind the reset.
  await client.serverLive({});
  expect(modelNames).toEqual([]);
  for (let i = 0; i < 512; i++) gate.leave();
  turn(LOOK_MS);
  const answer = await large.catch(ConnectError.from);
  // On a machine that stands still its time at the door may be over first.
  expect(answer instanceof ConnectError ? reasonOf(answer) : answer.modelName).toMatch(/^(tiny|OVERLOADED)$/);
  expect(modelNames).toEqual(answer instanceof ConnectError ? [] : ["large"]);
  turn(LOOK_MS);
  await expect.poll(() => entered(gate)).toBe(512);
  turn(LOOK_MS);
});

test("a call that has ended is not counted any more, however it has", async () => {
  const { gate, turn } = gateWithClock();
  const client = await serve(gate);
  await Promise.all(Array.from({ length: 100 }, () => client.modelInfer({ modelName: "tiny" })));
  const left = new AbortController();
  const leaving = client.modelInfer({ modelName: "tiny" }, { signal: left.signal }).catch(() => {});
  left.abort();
  await leaving;
  // The streams close a moment after their answers; with none at work the limit is the least, and there is room for all of it.
  turn(200);
  turn(200);
  await expect.poll(() => entered(gate)).toBe(128);
  turn(LOOK_MS);
});

test("a call whose caller has gone is counted as long as somebody works on it", async () => {
  let atWork = 0;
  const gate: LoadGate = {
    enter() {
      atWork += 1;
      return true;
    },
    leave() {
      atWork -= 1;
    },
    hasStood: () => false,
    whenRoom() {},
    retryMs: () => 0,
  };
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const began = Promise.withResolvers<void>();
  const client = await serve(gate, () => {
    began.resolve();
    return promise;
  });
  const left = new AbortController();
  const leaving = client.modelInfer({ modelName: "tiny" }, { signal: left.signal }).catch(() => {});
  await began.promise;
  left.abort();
  await leaving;
  // What another call needs has passed behind the reset.
  await client.serverLive({});
  expect(atWork).toBe(1);
  resolve({ modelName: "tiny" });
  await expect.poll(() => atWork).toBe(0);
});

test("a thousand calls at once over one connection of a server that has time are all answered", async () => {
  // The loop of a machine with other work may be late: by this clock it never is.
  const gate = loadGate({
    now: () => 0,
    random: () => 0,
    busyMs: () => 0,
    every: () => () => {},
    afterTurn: setImmediate,
  });
  const slow = () => new Promise((resolve) => setTimeout(() => resolve({ modelName: "tiny" }), 20));
  const client = await serve(gate, slow);
  await client.serverLive({});
  const calls = Array.from({ length: 1_000 }, () => client.modelInfer({ modelName: "tiny" }).catch(ConnectError.from));
  const codes = (await Promise.all(calls)).filter((it) => it instanceof ConnectError).map((it) => it.code);
  expect(codes).toEqual([]);
});

/** How many calls may come in now. */
function entered(gate: LoadGate): number {
  let count = 0;
  while (gate.enter(10_000)) count += 1;
  for (let i = 0; i < count; i++) gate.leave();
  return count;
}
