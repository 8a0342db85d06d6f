import { setTimeout as delay } from "node:timers/promises";
import { GRPCInferenceService } from "@throughline/contracts/inference/open_inference_pb";
import { inMemoryTransport, mount, PROCESS_GATE } from "@throughline/rpc";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
/** What reached the router: how long each call had. */
const reached: (number | undefined)[] = [];
let entered = 0;
let isCrowded = false;

/** In each turn of the loop as many come as are let in in one, so that whoever comes after them finds no room. */
function crowd(): void {
  while (PROCESS_GATE.enter(Number.POSITIVE_INFINITY)) entered += 1;
  if (isCrowded) setImmediate(crowd);
}

const empty = (): void => {
  isCrowded = false;
  for (; entered > 0; entered--) PROCESS_GATE.leave();
};

beforeAll(async () => {
  const router = mount(GRPCInferenceService, {
    modelInfer(_request, context) {
      reached.push(context.timeoutMs());
      return { modelName: "any" };
    },
  } as Parameters<typeof mount<typeof GRPCInferenceService>>[1]);
  gateway = await gatewayForTests({ transports: { "inference-router": inMemoryTransport([router]) } });
});
beforeEach(() => {
  reached.length = 0;
  isCrowded = true;
  crowd();
});
afterEach(empty);
afterAll(empty);

const PATH = "/v2/models/any/infer";
const INPUT = { inputs: [{ name: "input", shape: [1, 1], datatype: "FP32", data: [1] }] };
const infer = () => gateway.call("POST", PATH, INPUT);

test("a call that is not let in is told when to come again, in the shape of its path", async () => {
  const open = await infer();
  expect(open.status).toBe(429);
  expect(Number(open.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  expect(open.json).toEqual({ error: expect.stringMatching(/Try again in \d+ ms/) });
  const own = await gateway.call("POST", "/v1/projects/default/deployments/any:predict", {});
  expect(own.status).toBe(429);
  const [info, retry] = own.json.error.details;
  expect(info).toMatchObject({ reason: "OVERLOADED" });
  expect(retry).toMatchObject({ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: expect.any(String) });
  expect(reached).toEqual([]);
});

test("one with a large body is too, whether it has sent it or not", async () => {
  const headers = { "content-type": "application/json" };
  const { status } = await gateway.send({ method: "POST", path: PATH, headers, body: Buffer.alloc(4 * 1024 ** 2, 32) });
  expect(status).toBe(429);
});

test("a call waits for room before it is refused, and is answered once there is some", async () => {
  const statuses = async (): Promise<readonly number[]> => {
    isCrowded = true;
    crowd();
    const answers = [infer(), infer(), infer()];
    await delay(50);
    expect(reached).toEqual([]);
    empty();
    return (await Promise.all(answers)).map((it) => it.status);
  };
  // On a machine that stands still their time may be over first.
  while ((await statuses()).some((it) => it !== 200)) reached.length = 0;
  expect(reached).toHaveLength(3);
});

test("who says how long the answer may take is refused before that, and otherwise after a while", async () => {
  const startedAt = performance.now();
  expect((await infer()).status).toBe(429);
  expect(performance.now() - startedAt).toBeGreaterThan(190);
  const headers = { "content-type": "application/json", "grpc-timeout": "2S" };
  const body = JSON.stringify(INPUT);
  expect((await gateway.send({ method: "POST", path: PATH, headers, body })).status).toBe(429);
  empty();
  expect((await gateway.send({ method: "POST", path: PATH, headers, body })).status).toBe(200);
  expect(reached[0]).toBeGreaterThan(0);
  expect(reached[0]).toBeLessThanOrEqual(2_000);
});

test("a caller who went away while the call waited is not computed for", async () => {
  const left = fetch(`${gateway.url}${PATH}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(INPUT),
    signal: AbortSignal.timeout(50),
  });
  await expect(left).rejects.toThrow();
  // The gateway has seen the connection close by the time it has answered another one.
  expect((await gateway.send({ path: "/livez" })).status).toBe(200);
  empty();
  expect((await infer()).status).toBe(200);
  expect(reached).toHaveLength(1);
});

test("other calls are answered meanwhile", async () => {
  expect((await gateway.send({ path: "/livez" })).status).toBe(200);
});

test("a lone caller is let in at once, one call after the other", async () => {
  empty();
  for (let i = 0; i < 50; i++) expect((await infer()).status).toBe(200);
  expect(reached).toHaveLength(50);
});
