import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

const dial = async ({ port }: GatewayForTests): Promise<Socket> => {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
};

/** All that comes over a connection until it ends. */
const untilClosed = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = "";
    socket.setEncoding("latin1").on("data", (piece: string) => {
      text += piece;
    });
    socket.once("close", () => resolve(text));
  });

const HEADERS = "Content-Type: application/json\r\nContent-Length: 1000";

describe("slow callers", () => {
  test("headers that do not end are given up, also where nothing is said at all", async () => {
    const gateway = await gatewayForTests({ limits: { headersMsMax: 2_000 } });
    const silent = await dial(gateway);
    const slow = await dial(gateway);
    slow.write(`GET /livez HTTP/1.1\r\nHost: ${gateway.host}\r\nX-Slow: `);
    const ended = Promise.all([untilClosed(silent), untilClosed(slow)]);
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
    const [, answer] = await ended;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each(["/v1/projects/p/experiments", "/v1/projects/p/artifacts:upload", "/v2/models/m/infer", "/index.html"])(
    "a body that stops coming is given up with 408: %s",
    async (path) => {
      const gateway = await gatewayForTests({ limits: { bodyWindowMs: 100 } });
      const socket = await dial(gateway);
      socket.write(`POST ${path} HTTP/1.1\r\nHost: ${gateway.host}\r\n${HEADERS}\r\n\r\n{`);
      const drip = setInterval(() => socket.write(" "), 20);
      const answer = await untilClosed(socket);
      clearInterval(drip);
      expect(answer).toMatch(path === "/index.html" ? /^HTTP\/1\.1 405 / : /^HTTP\/1\.1 408 .*BODY_TOO_SLOW/s);
    },
  );

  test("an upload that goes on may take many windows", async () => {
    const answerWithin = async (bodyWindowMs: number): Promise<string> => {
      const gateway = await gatewayForTests({ limits: { bodyWindowMs, bodyBytesLeast: 1 } });
      const socket = await dial(gateway);
      const head = "Content-Type: application/octet-stream\r\nContent-Length: 30\r\nConnection: close";
      socket.write(`POST /v1/projects/p/artifacts:upload HTTP/1.1\r\nHost: ${gateway.host}\r\n${head}\r\n\r\n`);
      let sent = 0;
      const drip = setInterval(() => {
        socket.write("x");
        if (++sent === 30) clearInterval(drip);
      }, bodyWindowMs / 10);
      const answer = await untilClosed(socket);
      clearInterval(drip);
      return answer;
    };
    // A machine that is busy may keep the bytes from coming for a whole window; not for one that is long enough.
    let answer = "";
    for (let windowMs = 200; windowMs < 10_000 && !answer.startsWith("HTTP/1.1 200"); windowMs *= 2)
      answer = await answerWithin(windowMs);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("a caller that never reads its answer is given up", async () => {
    const patient = await gatewayForTests();
    const { tracking } = patient.transports;
    const gateway = await gatewayForTests({ limits: { stalledMsMax: 1_000 }, transports: { tracking } });
    const uploaded = await patient.send({
      method: "POST",
      path: "/v1/projects/p/artifacts:upload",
      headers: { "content-type": "application/octet-stream" },
      body: Buffer.alloc(32 * 1024 * 1024),
    });
    const socket = await dial(gateway);
    socket.pause();
    socket.write(
      `GET /v1/projects/p/artifacts/${uploaded.json.artifact.digest}:download HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`,
    );
    // The reset shows to a caller that sends again.
    const poke = setInterval(() => socket.write("x"), 50);
    await new Promise((resolve) => socket.once("close", resolve));
    clearInterval(poke);
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
    expect(gateway.bugs).toEqual([]);
  });
});

describe("many connections", () => {
  test("those that wait longest make room, so that new callers are served", async () => {
    const gateway = await gatewayForTests({ limits: { connectionsMax: 20 } });
    const idle: Socket[] = [];
    for (let i = 0; i < 100; i++) idle.push(await dial(gateway));
    for (let i = 0; i < 5; i++) expect((await gateway.send({ path: "/livez" })).status).toBe(200);
    const closed = idle.slice(0, 80).map((it) => (it.destroyed ? undefined : once(it.resume(), "close")));
    await Promise.all(closed);
    for (const it of idle) it.destroy();
  });

  test("a call under way is never given up for a new caller", async () => {
    const gateway = await gatewayForTests({ limits: { connectionsMax: 4 } });
    const busy = await dial(gateway);
    busy.write(
      `POST /v1/projects/p/experiments HTTP/1.1\r\nHost: ${gateway.host}\r\nConnection: close\r\n${HEADERS}\r\n\r\n`,
    );
    const answer = untilClosed(busy);
    // The head has been read once another request is answered.
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
    const idle: Socket[] = [];
    for (let i = 0; i < 20; i++) idle.push(await dial(gateway));
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
    busy.write(JSON.stringify({ experiment: { displayName: "busy" } }).padEnd(1_000));
    expect(await answer).toMatch(/^HTTP\/1\.1 200 /);
    for (const it of idle) it.destroy();
  });
});
