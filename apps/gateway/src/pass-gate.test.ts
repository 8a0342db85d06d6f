import { PROCESS_GATE } from "@throughline/rpc";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
let entered = 0;
let isCrowded = true;

/** In each turn of the loop as many come as are let in in one, so that whoever comes after them is refused. */
function crowd(): void {
  while (PROCESS_GATE.enter(Number.POSITIVE_INFINITY)) entered += 1;
  if (isCrowded) setImmediate(crowd);
}

const empty = (): void => {
  for (; entered > 0; entered--) PROCESS_GATE.leave();
};

beforeAll(async () => {
  gateway = await gatewayForTests();
  crowd();
});
afterAll(() => {
  isCrowded = false;
  empty();
});

const INPUT = { inputs: [{ name: "input", shape: [1, 1], datatype: "FP32", data: [1] }] };

test("a call that is not let in is told when to come again, in the shape of its path", async () => {
  const open = await gateway.call("POST", "/v2/models/any/infer", INPUT);
  expect(open.status).toBe(429);
  expect(Number(open.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  expect(open.json).toEqual({ error: expect.stringMatching(/Try again in \d+ ms/) });
  const own = await gateway.call("POST", "/v1/projects/default/deployments/any:predict", {});
  expect(own.status).toBe(429);
  const types = own.json.error.details.map((it: { readonly "@type": string }) => it["@type"]);
  expect(types).toContain("type.googleapis.com/google.rpc.RetryInfo");
});

test("one with a large body is too, whether it has sent it or not", async () => {
  const { status } = await gateway.send({
    method: "POST",
    path: "/v2/models/any/infer",
    headers: { "content-type": "application/json" },
    body: Buffer.alloc(4 * 1024 * 1024, 32),
  });
  expect(status).toBe(429);
});

test("refusals are held back for a while, and those of callers who left are not sent", async () => {
  const startedAt = performance.now();
  const left = fetch(`${gateway.url}/v2/models/any/infer`, { method: "POST", signal: AbortSignal.timeout(50) });
  await expect(left).rejects.toThrow();
  expect((await gateway.call("POST", "/v2/models/any/infer", INPUT)).status).toBe(429);
  expect(performance.now() - startedAt).toBeGreaterThan(190);
});

test("other calls are answered meanwhile", async () => {
  expect((await gateway.send({ path: "/livez" })).status).toBe(200);
});
