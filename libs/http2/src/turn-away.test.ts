import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { expect, test } from "vitest";
import { Http2Server, wholeAnswer } from "./index.ts";
import { echo, endings, listening } from "./testing-server.ts";

const atEnd = endings();

const REFUSAL = wholeAnswer([
  { name: ":status", value: "200" },
  { name: "content-type", value: "application/grpc+proto", isRemembered: true },
  { name: "grpc-status", value: "8" },
  { name: "grpc-message", value: "come again" },
]);

/** Answers what is let in with its own body, and refuses the path /refused. `taken` has the paths that were let in. */
async function serve(): Promise<{ port: number; taken: string[] }> {
  const taken: string[] = [];
  const server = new Http2Server({
    turnAway: (headers) => (headers[":path"] === "/refused" ? REFUSAL : undefined),
    onStream(stream) {
      taken.push(String(stream.headers[":path"]));
      echo(stream);
    },
  });
  return { port: await listening(server, atEnd), taken };
}

function session(port: number, headerTableSize = 4_096): ClientHttp2Session {
  const client = connect(`http://127.0.0.1:${port}`, { settings: { headerTableSize } });
  client.on("error", () => {});
  atEnd(() => client.destroy());
  return client;
}

const ask = (client: ClientHttp2Session, path: string): ClientHttp2Stream =>
  client.request({ ":method": "POST", ":path": path }, { endStream: false }).on("error", () => {});

/** Sends a request, and gives what the headers of its answer say. */
async function refused(client: ClientHttp2Session, body: Buffer): Promise<unknown> {
  const stream = ask(client, "/refused");
  const answer = new Promise((resolve) => stream.once("response", resolve));
  const closed = new Promise((resolve) => stream.once("close", resolve));
  stream.end(body);
  const headers = await answer;
  stream.resume();
  await closed;
  return headers;
}

async function echoed(client: ClientHttp2Session, text: string): Promise<string> {
  const stream = ask(client, "/");
  stream.end(text);
  return String(Buffer.concat(await Array.fromAsync(stream)));
}

test.for([4_096, 0, 100])(
  "a request that is turned away has its whole answer, whatever table of headers its caller has: %d bytes",
  async (tableBytes) => {
    const { port, taken } = await serve();
    const client = session(port, tableBytes);
    for (const size of [0, 10, 5_000])
      expect(await refused(client, Buffer.alloc(size))).toMatchObject({
        ":status": 200,
        "content-type": "application/grpc+proto",
        "grpc-status": "8",
        "grpc-message": "come again",
      });
    expect(await echoed(client, "let in")).toBe("let in");
    expect(await refused(client, Buffer.alloc(1))).toMatchObject({ "grpc-status": "8" });
    expect(taken).toEqual(["/"]);
  },
);

test("those that are let in among many that are turned away are answered, and the window is not used up", async () => {
  const { port, taken } = await serve();
  const client = session(port);
  // More than a connection may have unread.
  const body = Buffer.alloc(40_000);
  for (let round = 0; round < 10; round++) {
    const all = Array.from({ length: 60 }, (_, i) =>
      i % 20 === 0 ? echoed(client, `${round} and ${i}`) : refused(client, body),
    );
    const answers = await Promise.all(all);
    expect(answers.filter((it) => typeof it === "string")).toEqual([0, 20, 40].map((i) => `${round} and ${i}`));
  }
  expect(taken).toHaveLength(30);
});
