import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { acceptWaiting } from "./accept-waiting.ts";

/** Connects from another thread, while this one is kept from taking any of them. */
const CONNECTING = `
  const { connect } = require("node:net");
  const { workerData: { port, count, done }, parentPort } = require("node:worker_threads");
  let made = 0, ended = 0, reset = 0;
  for (let i = 0; i < count; i++) {
    connect(port, "127.0.0.1")
      .on("connect", () => {
        if (++made === count) Atomics.notify(done, 0, Atomics.store(done, 0, 1));
      })
      .on("error", () => void reset++)
      .on("close", () => {
        if (++ended === count) parentPort.postMessage(reset);
      })
      .resume();
  }
`;

test("a server that closes has taken every connection that was made before", async () => {
  const count = 60;
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket.on("error", () => {})));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const it of sockets) it.destroy();
  });
  const done = new Int32Array(new SharedArrayBuffer(4));
  const { port } = server.address() as AddressInfo;
  const worker = new Worker(CONNECTING, { eval: true, workerData: { port, count, done } });
  await once(worker, "online");
  expect(Atomics.wait(done, 0, 0, 20_000)).not.toBe("timed-out");
  expect(sockets.length).toBe(0);
  await acceptWaiting(server, 60_000);
  server.close();
  expect(sockets.length).toBe(count);
  for (const it of sockets) it.end();
  const [reset] = await once(worker, "message");
  expect(reset).toBe(0);
});

test("no time is left for those who wait if a stop has none", async () => {
  const server = createServer();
  await acceptWaiting(server, 0);
  expect(server.listenerCount("connection")).toBe(0);
});
