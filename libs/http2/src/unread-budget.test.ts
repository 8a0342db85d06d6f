import { type ClientHttp2Session, connect } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { Http2Server } from "./index.ts";
import { type Reader, UnreadBudget } from "./unread-budget.ts";

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

test("those who have let the most lie around lose it, and as few as are needed", () => {
  const lost: number[] = [];
  const readers = [10, 400, 30, 700].map(
    (unreadBytes): Reader => ({
      unreadBytes,
      stalledSinceMs: () => 1,
      giveUpUnread: () => void lost.push(unreadBytes),
    }),
  );
  new UnreadBudget(1_200, () => readers).added(1);
  expect(lost).toEqual([]);
  new UnreadBudget(500, () => readers).added(1);
  expect(lost).toEqual([700]);
  lost.length = 0;
  new UnreadBudget(39, () => readers).added(1);
  expect(lost).toEqual([700, 400, 30]);
});

test("who takes nothing loses it before who has more and takes it", () => {
  const lost: string[] = [];
  const reader = (name: string, unreadBytes: number, sinceMs?: number): Reader => ({
    unreadBytes,
    stalledSinceMs: () => sinceMs,
    giveUpUnread: () => void lost.push(name),
  });
  const longAgoMs = performance.now() - 60_000;
  new UnreadBudget(405, () => [reader("takes", 400), reader("hoards", 10, longAgoMs)]).look();
  expect(lost).toEqual(["hoards"]);
});

test("all are looked at no more often than what may have come asks for", () => {
  let looks = 0;
  const budget = new UnreadBudget(8_000_000, () => {
    looks += 1;
    return [];
  });
  for (let i = 0; i < 100; i++) budget.added(1);
  expect(looks).toBeLessThan(50);
  const before = looks;
  budget.added(1_000_000);
  expect(looks).toBe(before + 1);
});

const BODY_BYTES = 4 * 1024 * 1024;

/** Answers each request with a long body. `closed` counts the answers that are over. */
async function serve(unreadBytesMax: number) {
  const counts = { closed: 0, open: 0 };
  const server = new Http2Server({
    unreadBytesMax,
    onStream(stream) {
      counts.open += 1;
      stream.taker = {
        data() {},
        end() {
          stream.respond([{ name: ":status", value: "200" }]);
          stream.end(Buffer.alloc(BODY_BYTES));
        },
        drained() {},
        closed() {
          counts.open -= 1;
          counts.closed += 1;
        },
      };
    },
  });
  await new Promise<void>((resolve) => server.net.listen(0, "127.0.0.1", resolve));
  ended.push(() => {
    server.destroy();
    return new Promise((resolve) => server.net.close(resolve));
  });
  return { port: (server.net.address() as AddressInfo).port, counts };
}

function session(port: number): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`);
  client.on("error", () => {});
  ended.push(() => client.destroy());
  return client;
}

async function readAll(client: ClientHttp2Session): Promise<number> {
  const pieces: Buffer[] = await Array.fromAsync(client.request({ ":path": "/read" }, { endStream: true }));
  return pieces.reduce((sum, it) => sum + it.byteLength, 0);
}

test("answers that thousands do not read are bounded together, and who reads is answered", async () => {
  const { port, counts } = await serve(8 * BODY_BYTES);
  const ASKED = 40;
  for (let i = 0; i < ASKED; i++) {
    const stream = session(port).request({ ":path": `/${i}` }, { endStream: true });
    stream.on("error", () => {}).pause();
  }
  await expect.poll(() => counts.open + counts.closed, { timeout: 60_000 }).toBe(ASKED);
  await expect.poll(() => counts.open, { timeout: 60_000 }).toBeLessThanOrEqual(9);
  expect(await readAll(session(port))).toBe(BODY_BYTES);
});
