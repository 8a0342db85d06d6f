import { type ClientHttp2Session, connect, type OutgoingHttpHeaders, type Settings } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { HeaderDecoder } from "./decoder.ts";
import { HeaderEncoder, type HeaderList } from "./encoder.ts";
import { STATIC_FIELDS } from "./tables.ts";

/*
 * The other side is the client of the runtime, which is nghttp2: its blocks are read here, and it reads the blocks that are made here.
 * The server between them knows no more of HTTP/2 than frames.
 */

const [DATA, HEADERS, SETTINGS, PING, CONTINUATION] = [0, 1, 4, 6, 9] as const;
const [ACK, END_STREAM, END_HEADERS] = [1, 1, 4] as const;
const PREFACE_BYTES = 24;
const TABLE_SIZE_SETTING = 1;

const OK = [{ name: ":status", value: "200" }];

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function tableSize(bytes: number): Buffer {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(TABLE_SIZE_SETTING, 0);
  payload.writeUInt32BE(bytes, 2);
  return payload;
}

/** A bare server: reads every request's fields, and answers with the list that `answer` gives. */
class FramePeer {
  readonly requests: (readonly string[])[] = [];
  answer: (request: number) => HeaderList = () => OK;
  readonly #server: Server;
  readonly #tableBytesMax: number;

  constructor(tableBytesMax: number) {
    this.#tableBytesMax = tableBytesMax;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: Socket): void {
    const decoder = new HeaderDecoder({ tableBytesMax: this.#tableBytesMax, listBytesMax: 1_000_000 });
    const encoder = new HeaderEncoder();
    let unread: Buffer = Buffer.alloc(0);
    let isGreeted = false;
    let block = Buffer.alloc(0);
    const take = (type: number, flags: number, stream: number, payload: Buffer): void => {
      if (type === SETTINGS && (flags & ACK) === 0) {
        for (let at = 0; at < payload.length; at += 6) {
          if (payload.readUInt16BE(at) === TABLE_SIZE_SETTING) encoder.setTableBytesMax(payload.readUInt32BE(at + 2));
        }
        socket.write(frame(SETTINGS, ACK, 0, Buffer.alloc(0)));
      }
      if (type === PING && (flags & ACK) === 0) socket.write(frame(PING, ACK, 0, payload));
      if (type !== HEADERS && type !== CONTINUATION) return;
      // Nothing but a priority may stand before the fields: the client pads nothing.
      const start = type === HEADERS && (flags & 0x20) !== 0 ? 5 : 0;
      block = Buffer.concat([block, payload.subarray(start)]);
      if ((flags & END_HEADERS) === 0) return;
      this.requests.push(decoder.decode(block).fields);
      block = Buffer.alloc(0);
      const answer = encoder.encode(this.answer(this.requests.length - 1));
      socket.write(
        Buffer.concat([frame(HEADERS, END_HEADERS, stream, answer), frame(DATA, END_STREAM, stream, Buffer.alloc(0))]),
      );
    };
    socket.write(frame(SETTINGS, 0, 0, tableSize(this.#tableBytesMax)));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      unread = Buffer.concat([unread, chunk]);
      if (!isGreeted) {
        if (unread.length < PREFACE_BYTES) return;
        unread = unread.subarray(PREFACE_BYTES);
        isGreeted = true;
      }
      while (unread.length >= 9 && unread.length >= 9 + unread.readUIntBE(0, 3)) {
        const end = 9 + unread.readUIntBE(0, 3);
        take(unread[3] as number, unread[4] as number, unread.readUInt32BE(5), unread.subarray(9, end));
        unread = unread.subarray(end);
      }
    });
  }
}

const opened: (() => void)[] = [];
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

async function conversation(
  tableBytesMax: number,
  settings: Settings = {},
): Promise<{ peer: FramePeer; client: ClientHttp2Session }> {
  const peer = new FramePeer(tableBytesMax);
  const client = connect(await peer.listen(), { settings: { ...settings, maxHeaderListSize: 1_000_000 } });
  opened.push(
    () => client.destroy(),
    () => peer.close(),
  );
  // The server's settings come first, so that the client's table has the size of the test.
  await new Promise((resolve) => client.once("remoteSettings", resolve));
  return { peer, client };
}

/** What the client read of the answer, as name, value, name, value …. */
const exchange = (client: ClientHttp2Session, headers: OutgoingHttpHeaders): Promise<readonly string[]> =>
  new Promise((resolve, reject) => {
    const request = client.request(headers, { endStream: true });
    let fields: readonly string[] = [];
    request.on("response", (_headers, _flags, raw) => {
      fields = raw as unknown as readonly string[];
    });
    request.on("error", reject);
    request.on("close", () => resolve(fields));
    request.resume();
  });

const ALL_OCTETS = [...Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("latin1")];
/** What a reader lets pass in a value; the writer lets everything pass but NUL. */
const VALUE_OCTETS = ALL_OCTETS.filter((it) => it > " " && it !== "\u007f");
const NAMES = [...new Set(STATIC_FIELDS.filter((_, i) => i % 2 === 0))].filter(
  (it) => !it.startsWith(":") && it !== "transfer-encoding" && it !== "host",
);

const value = fc.oneof(
  fc.constantFrom("a", "gzip, deflate", "application/grpc", "some longer value that comes again"),
  fc.array(fc.constantFrom(...VALUE_OCTETS), { minLength: 1, maxLength: 80 }).map((it) => it.join("")),
);
const asOwnName = fc.constantFrom("x-one", "x-two", "x-three", "x-a-longer-name", "cookie", "authorization");

/** The fields that the client adds to every request itself, in its order. */
const requestFields = (authority: string, path: string): readonly string[] =>
  [
    [":method", "GET"],
    [":authority", authority],
    [":scheme", "http"],
    [":path", path],
  ].flat();

const authorityOf = (client: ClientHttp2Session): string =>
  `${client.socket?.remoteAddress}:${client.socket?.remotePort}`;

describe.each([0, 256, 4096, 65_536])("blocks of nghttp2, with a table of %i octets", (tableBytesMax) => {
  test("are read, whatever the fields", async () => {
    const { peer, client } = await conversation(tableBytesMax);
    const request = fc.dictionary(fc.oneof(asOwnName, fc.constantFrom(...NAMES)), value, { maxKeys: 15 });
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 20 }), async (requests) => {
        const first = peer.requests.length;
        for (const it of requests) await exchange(client, { ...it });
        expect(peer.requests.slice(first)).toEqual(
          requests.map((it) => [...requestFields(authorityOf(client), "/"), ...Object.entries(it).flat()]),
        );
      }),
      { numRuns: 20 },
    );
  });

  test("are read, with every static name and the code of every octet", async () => {
    const { peer, client } = await conversation(tableBytesMax);
    // The rest of the value is so short in code that the whole is coded, whatever the octet.
    const sent = [
      ...["host", ...NAMES].map((it) => ({ [it]: it === "accept-encoding" ? "gzip, deflate" : "" })),
      ...ALL_OCTETS.slice(1).map((it) => ({ "x-coded": `${"a".repeat(20)}${it}${"e".repeat(20)}` })),
    ];
    for (const it of sent) await exchange(client, it);
    expect(peer.requests.map((it) => it.slice(-2))).toEqual(sent.map((it) => Object.entries(it).flat()));

    await exchange(client, { ":method": "POST", ":path": "/index.html", ":scheme": "https" });
    expect(peer.requests.at(-1)).toEqual([
      ...[":method", "POST", ":path", "/index.html", ":scheme", "https", ":authority", authorityOf(client)],
    ]);
  });

  test("are read, where they go on in further frames", async () => {
    const { peer, client } = await conversation(tableBytesMax);
    const long = "\u00fflong".repeat(8000);
    await exchange(client, { "x-long": long, "x-short": "1" });
    expect(peer.requests[0]?.slice(8)).toEqual(["x-long", long, "x-short", "1"]);
  });
});

describe.each([0, 100, 4096, 65_536])("nghttp2 reads our blocks, with a table of %i octets", (headerTableSize) => {
  const field = fc.record({
    name: fc.oneof(asOwnName, fc.constantFrom(...NAMES.filter((it) => it !== "content-length"))),
    value,
    isRemembered: fc.boolean(),
    isSensitive: fc.integer({ max: 5, min: 0 }).map((it) => it === 0),
  });
  const status = fc.constantFrom("200", "206", "302", "400", "404", "418", "500");

  test("whatever the fields, and while the size changes", async () => {
    const { peer, client } = await conversation(4096, { headerTableSize });
    const response = fc.tuple(status, fc.array(field, { maxLength: 15 }));
    await fc.assert(
      fc.asyncProperty(fc.array(response, { minLength: 1, maxLength: 10 }), fc.nat(5000), async (responses, other) => {
        const lists = responses.map(([code, fields]) => [{ name: ":status", value: code }, ...fields]);
        // Every list twice, so that what is remembered comes as an index.
        for (const [i, list] of [...lists, ...lists].entries()) {
          peer.answer = () => list;
          expect(await exchange(client, {})).toEqual(list.flatMap((it) => [it.name, it.value]));
          if (i === 2) client.settings({ headerTableSize: other });
        }
      }),
      { numRuns: 20 },
    );
  });

  test("with every entry of the static table that an answer may have", async () => {
    const { peer, client } = await conversation(4096, { headerTableSize });
    for (let i = 0; i < STATIC_FIELDS.length; i += 2) {
      const [name, known] = [STATIC_FIELDS[i] as string, STATIC_FIELDS[i + 1] as string];
      if (name === ":status") peer.answer = () => [{ name, value: known }];
      else if (NAMES.includes(name) && name !== "content-length") peer.answer = () => [...OK, { name, value: known }];
      else continue;
      const expected = peer.answer(0).flatMap((it) => [it.name, it.value]);
      expect(await exchange(client, {})).toEqual(expected);
    }
  });
});
