import { expect, test } from "vitest";
import { frameReader } from "./grpc-frames.ts";
import { GrpcPieces } from "./grpc-pieces.ts";

const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));

test("a body that comes byte by byte is kept in few pieces, each told as it is read", async () => {
  let taken = 0;
  const pieces = new GrpcPieces((it) => {
    taken += it.byteLength;
  });
  for (let at = 0; at < BYTES.byteLength; at++) pieces.add(BYTES.subarray(at, at + 1));
  pieces.end();
  const read: Buffer[] = [];
  for await (const it of pieces) {
    read.push(it);
    expect(taken).toBe(read.reduce((sum, { byteLength }) => sum + byteLength, 0));
    if (read.length === 1) pieces.add(Buffer.of(7));
  }
  expect(read.length).toBeLessThan(BYTES.byteLength / 50);
  expect(Buffer.concat(read)).toEqual(Buffer.concat([BYTES, Buffer.of(7)]));
});

test("messages that come byte by byte are whole", () => {
  const reader = frameReader(BYTES.byteLength);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(BYTES.byteLength, 1);
  const sent = Buffer.concat([head, BYTES, head, BYTES]);
  const found: Buffer[] = [];
  for (let at = 0; at < sent.byteLength; at++) {
    reader.add(sent.subarray(at, at + 1));
    for (let frame = reader.next(); frame; frame = reader.next()) found.push(frame.bytes);
  }
  expect(found.map((it) => it.equals(BYTES))).toEqual([true, true]);
  expect(reader.leftBytes()).toBe(0);
});
