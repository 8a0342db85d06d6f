import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { callerSignal } from "./caller-signal.ts";

const server = createServer();

beforeEach(async () => {
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(async () => {
  server.closeAllConnections();
  await once(server.close(), "close");
});

test("the requests of a connection share a signal, which aborts when it closes and not when they are answered", async () => {
  const caller = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const next = async (): Promise<readonly [IncomingMessage, ServerResponse]> => {
    caller.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    return (await once(server, "request")) as [IncomingMessage, ServerResponse];
  };
  const [first, answer] = await next();
  const signal = callerSignal(first);
  answer.end("well");
  await once(answer, "close");
  const [second] = await next();
  expect(callerSignal(second)).toBe(signal);
  expect(signal.aborted).toBe(false);

  const aborted = once(signal, "abort");
  caller.destroy();
  await aborted;
  expect(signal.reason).toMatchObject({ name: "AbortError" });
  expect(callerSignal(second).aborted).toBe(true);
});
