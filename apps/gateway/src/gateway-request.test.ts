import { createServer, ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readBody } from "./body.ts";
import { GatewayRequest } from "./gateway-request.ts";

const BYTES_MAX = 100;

interface Asking {
  /** After how long the body is asked for. */
  readonly waitMs: number;
  readonly isKept: boolean;
  readonly bytesMax?: number;
}

/** Sends pieces on one connection, with a pause between them, and gives all that is answered. */
async function answersTo(pieces: readonly string[], { waitMs, isKept, bytesMax = BYTES_MAX }: Asking): Promise<string> {
  const server = createServer({ IncomingMessage: GatewayRequest, ServerResponse }, async (request, response) => {
    if (isKept) request.keepBody();
    if (waitMs > 0) await delay(waitMs);
    const answer = await readBody(request, bytesMax).then(String, (error: Error) => error.message);
    response.end(`<${answer}>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let answered = "";
  const ended = new Promise((resolve) => socket.on("data", (it) => (answered += it)).on("close", resolve));
  for (const it of pieces) {
    socket.write(it);
    await delay(20);
  }
  await ended;
  server.close();
  return answered;
}

const post = (body: string, isLast = false): string =>
  `POST / HTTP/1.1\r\nhost: h\r\n${isLast ? "connection: close\r\n" : ""}content-length: ${body.length}\r\n\r\n${body}`;

describe.each<[string, Asking]>([
  ["at once", { waitMs: 0, isKept: false }],
  ["when some of it has come", { waitMs: 60, isKept: false }],
  ["at once, and is kept until then", { waitMs: 0, isKept: true }],
  ["when some of it has come, and is kept until then", { waitMs: 60, isKept: true }],
  ["when all of it has come, and is kept until then", { waitMs: 400, isKept: true }],
])("a body that is asked for %s", (_, asking) => {
  test("is read whole, and so are those behind it on the connection", async () => {
    const whole = post("second body", true);
    const answers = await answersTo(
      [`${post("first")}${whole.slice(0, -8)}`, whole.slice(-8, -3), whole.slice(-3)],
      asking,
    );
    expect(answers).toContain("<first>");
    expect(answers).toContain("<second body>");
  });

  test("is read in chunks", async () => {
    const head = "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    expect(await answersTo([`${head}3\r\nabc\r\n`, "2\r\nde\r\n", "0\r\n\r\n"], asking)).toContain("<abcde>");
  });

  test("is refused once it is too large", async () => {
    const head = "POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    const chunk = `3c\r\n${"x".repeat(0x3c)}\r\n`;
    expect(await answersTo([`${head}${chunk}`, chunk, `${chunk}0\r\n\r\n`], asking)).toContain("larger than 100 bytes");
  });

  test("may be empty", async () => {
    expect(await answersTo([post("", true)], asking)).toContain("<>");
  });

  test("is read whole if it is larger than what is kept", async () => {
    const large = "y".repeat(100_000);
    const answers = await answersTo([post(large.slice(0, 90_000)), post(large, true)], {
      ...asking,
      bytesMax: 200_000,
    });
    expect(answers).toContain(`<${large.slice(0, 90_000)}>`);
    expect(answers).toContain(`<${large}>`);
  });
});
