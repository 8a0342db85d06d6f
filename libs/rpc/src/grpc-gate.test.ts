import { Code, ConnectError, createClient, type ServiceImpl } from "@connectrpc/connect";
import { RetryInfoSchema } from "@throughline/contracts/google/rpc/error_details_pb";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
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

async function serve(gate: LoadGate, modelInfer: () => unknown = () => ({ modelName: "tiny" })) {
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
  return createClient(GRPCInferenceService, grpcTransport(`http://127.0.0.1:${server.port}`));
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
