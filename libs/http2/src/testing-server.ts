import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { Http2Server } from "./server.ts";
import type { ServerStream } from "./stream.ts";

/** Ends after each test what it began, the last first. To be called once, by a file of tests. */
export function endings(): (end: () => unknown) => void {
  const ended: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ended.splice(0).reverse()) await end();
  });
  return (end) => void ended.push(end);
}

/** Listens on a free port, which it gives, until the test ends. */
export async function listening(server: Http2Server, atEnd: (end: () => unknown) => void): Promise<number> {
  await new Promise<void>((resolve) => server.net.listen(0, "127.0.0.1", resolve));
  atEnd(() => {
    server.destroy();
    return new Promise((resolve) => server.net.close(resolve));
  });
  return (server.net.address() as AddressInfo).port;
}

/** Answers with what it is sent. */
export function echo(stream: ServerStream): void {
  stream.respond([{ name: ":status", value: "200" }]);
  stream.taker = {
    data(piece) {
      stream.write(piece);
      stream.consumed(piece.byteLength);
    },
    end: () => stream.end(),
    drained() {},
    closed() {},
  };
}
