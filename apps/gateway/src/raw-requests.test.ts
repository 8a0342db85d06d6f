import { once } from "node:events";
import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import { type GatewayForTests, gatewayForTests } from "./testing-gateway.ts";

let gateway: GatewayForTests;
beforeAll(async () => {
  gateway = await gatewayForTests();
});

const EXPERIMENTS = "/v1/projects/p/experiments";

/** Says something, whatever the server says to it, and gives all that it said until it closed the connection. */
async function say(pieces: Iterable<string>): Promise<string> {
  const socket = connect(gateway.port, "127.0.0.1");
  let text = "";
  socket.on("error", () => {}).setEncoding("latin1");
  socket.on("data", (piece: string) => {
    text += piece;
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  for (const it of pieces) {
    if (socket.destroyed || !socket.writable) break;
    if (!socket.write(it, "latin1"))
      await Promise.race([new Promise((resolve) => socket.once("drain", resolve)), closed]);
  }
  await closed;
  return text;
}

const statuses = (text: string): number[] =>
  Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status));

const names = async (): Promise<string[]> => {
  const { json } = await gateway.call("GET", `${EXPERIMENTS}?pageSize=1000`);
  return (json.experiments ?? []).map((it: { displayName: string }) => it.displayName);
};

/** A request that makes an experiment of this name, with its headers, and a body that stands behind them as it is. */
function creating(displayName: string, { head = "", encode = (it: string) => it } = {}): string {
  const body = JSON.stringify({ experiment: { displayName } });
  const length = head.toLowerCase().includes("transfer-encoding") ? "" : `Content-Length: ${body.length}\r\n`;
  return `POST ${EXPERIMENTS} HTTP/1.1\r\nHost: ${gateway.host}\r\nContent-Type: application/json\r\n${length}${head}\r\n${encode(body)}`;
}

const chunk = (it: string): string => `${it.length.toString(16)}\r\n${it}\r\n`;
const CHUNKED = "Transfer-Encoding: chunked\r\n";

describe("a request that two servers could read in two ways", () => {
  const SMUGGLED = "smuggled";
  const shapes: readonly (readonly [string, () => string])[] = [
    ...[
      "Transfer-Encoding: xchunked",
      "Transfer-Encoding: chunked, identity",
      "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
      "Transfer-Encoding : chunked",
      "Transfer-Encoding: \x0bchunked",
      "Transfer-Encoding:\r\n chunked, x",
    ].map((it) => [JSON.stringify(it), () => creating("outer", { head: `${it}\r\n`, encode: chunk })] as const),
    ...["+5", "-5", "0x5", "5, 5", "5 5", "99999999999999999999999"].map(
      (length) =>
        [
          `Content-Length: ${length}`,
          () => `POST ${EXPERIMENTS} HTTP/1.1\r\nHost: ${gateway.host}\r\nContent-Length: ${length}\r\n\r\n12345`,
        ] as const,
    ),
    ...["+5", "0x5", " 5", "5 ", "", "g", "FFFFFFFFFFFFFFFFFF"].map(
      (size) =>
        [
          `a chunk of ${JSON.stringify(size)} bytes`,
          () => creating("outer", { head: CHUNKED, encode: () => `${size}\r\n12345\r\n0\r\n\r\n` }),
        ] as const,
    ),
    ["a chunk longer than it says", () => creating("outer", { head: CHUNKED, encode: (it) => `5\r\n${it}\r\n` })],
    ["chunks that end in line feeds", () => creating("outer", { head: CHUNKED, encode: (it) => `5\n${it}\n0\n\n` })],
    [
      "an extension of a chunk without end",
      () => creating("outer", { head: CHUNKED, encode: () => `5;${"x".repeat(100_000)}\r\n12345\r\n` }),
    ],
    ["a zero in a header", () => creating("outer", { head: "X-A: a\0b\r\n" })],
    ["a carriage return in a header", () => creating("outer", { head: "X-A: a\rX-B: b\r\n" })],
    ["a header without a name", () => creating("outer", { head: ": b\r\n" })],
    [
      "a form whose boundary has 1 MB",
      () => creating("outer", { head: `X-Type: form; boundary=${"-".repeat(1e6)}\r\n` }),
    ],
  ];

  test.each(shapes)("%s: is refused, and nothing behind it is read", async (_what, request) => {
    const said = await say([request() + creating(SMUGGLED)]);
    expect(statuses(said)).toHaveLength(1);
    expect([400, 413, 431]).toContain(statuses(said)[0]);
    expect(await names()).not.toContain(SMUGGLED);
  });
});

describe("requests behind each other", () => {
  test("are answered in their order, each by itself", async () => {
    const ends = "GET /v1/nowhere HTTP/1.1\r\nConnection: close\r\n";
    const said = await say([
      `${creating("first")}${creating("second", { head: CHUNKED, encode: (it) => `${chunk(it)}0\r\n\r\n` })}` +
        `${creating("third")}${ends}Host: ${gateway.host}\r\n\r\n`,
    ]);
    expect(statuses(said)).toEqual([200, 200, 200, 404]);
    expect(Array.from(said.matchAll(/"displayName":\s*"(\w+)"/g), ([, name]) => name)).toEqual([
      "first",
      "second",
      "third",
    ]);
  });

  test("that come by the thousand and are not read are not answered into memory", async () => {
    const one = `GET /openapi.json HTTP/1.1\r\nHost: ${gateway.host}\r\n\r\n`;
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {}).pause();
    await once(socket, "connect");
    const before = process.memoryUsage().rss;
    socket.write(one.repeat(5_000));
    for (let i = 0; i < 10; i++) expect((await gateway.send({ path: "/livez" })).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(512 * 1024 * 1024);
    socket.destroy();
  });
});

describe("a body", () => {
  test("that ends before its length makes nothing", async () => {
    const whole = creating("cut off");
    const socket = connect(gateway.port, "127.0.0.1");
    socket.on("error", () => {}).resume();
    await once(socket, "connect");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.end(whole.slice(0, -2), "latin1");
    await closed;
    expect(await names()).not.toContain("cut off");
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
  });

  test("of a hundred thousand chunks of a byte is read as one of a single chunk", async () => {
    const encode = (it: string): string => `${Array.from(it.padEnd(100_000), chunk).join("")}0\r\n\r\n`;
    const said = await say([creating("in chunks", { head: `Connection: close\r\n${CHUNKED}`, encode })]);
    expect(statuses(said)).toEqual([200]);
    expect(await names()).toContain("in chunks");
  });

  test("of chunks without end is refused when it is too large, and the connection closed", async () => {
    const endless = function* (): Generator<string> {
      yield creating("endless", { head: CHUNKED, encode: () => "" });
      for (;;) yield chunk(" ".repeat(64 * 1024));
    };
    const said = await say(endless());
    expect(statuses(said).slice(0, 1)).toEqual(said === "" ? [] : [413]);
    expect(await names()).not.toContain("endless");
    expect((await gateway.send({ path: "/livez" })).status).toBe(200);
  });
});
