import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Tensor } from "../domain/tensor.ts";
import { framesFrom } from "./frame-source.ts";
import { FRAME_HEADER_BYTES, type Frame, frameReader, textFrame } from "./frames.ts";
import { nsOf, tensorFrames } from "./tensor-frames.ts";

const dir = mkdtempSync(join(tmpdir(), "throughline-frames-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const tensor = (name: string, rows: number, fill: number): Tensor => ({
  name,
  datatype: "FP32",
  shape: [rows, 3],
  bytes: new Uint8Array(12 * rows).fill(fill),
});
const bodyOf = (frame: Buffer): Buffer => frame.subarray(FRAME_HEADER_BYTES);
const copyOf = ({ kind, call, body }: Frame) => ({ kind, call, body: Buffer.from(body) });

describe("a batch as a frame", () => {
  test("has the rows of all requests one after the other, wherever the frame begins", () => {
    const [writer, reader] = [tensorFrames(), tensorFrames()];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 9 }), (counts) => {
        const requests = counts.map((rows, i) => [tensor("x", rows, i), tensor("ü", rows, 100 + i)]);
        const frame = Buffer.concat(
          writer.encode({ kind: "run", call: 7, ns: 5_000 }, { outputs: ["score"], requests }),
        );
        const { outputs, tensors } = reader.decode(bodyOf(frame));
        const rows = counts.reduce((sum, it) => sum + it, 0);
        expect(nsOf(bodyOf(frame))).toBe(5_000);
        expect(outputs).toEqual(["score"]);
        expect(tensors.map((it) => [it.name, it.shape])).toEqual([
          ["x", [rows, 3]],
          ["ü", [rows, 3]],
        ]);
        for (const i of [0, 1]) {
          const wanted = Buffer.concat(requests.map((it) => (it[i] as Tensor).bytes));
          expect(Buffer.compare(tensors[i]?.bytes ?? Buffer.alloc(0), wanted)).toBe(0);
        }
      }),
    );
  });

  test("is not copied where its tensors are large, and reads the same", () => {
    const requests = [3_001, 2_000].map((rows, i) => [tensor("x", rows, i), tensor("y", rows, 100 + i)]);
    const pieces = tensorFrames().encode({ kind: "run", call: 7 }, { outputs: ["score"], requests });
    expect(pieces).toEqual(expect.arrayContaining(requests.flatMap((it) => it.map(({ bytes }) => bytes))));
    const frame = Buffer.concat(pieces);
    const found: Frame[] = [];
    frameReader((it) => void found.push(copyOf(it)))(frame);
    const { tensors } = tensorFrames().decode(found[0]?.body ?? Buffer.alloc(0));
    for (const [i, it] of tensors.entries()) {
      const wanted = Buffer.concat(requests.map((all) => (all[i] as Tensor).bytes));
      expect(Buffer.compare(it.bytes, wanted)).toBe(0);
    }
    expect(tensors.map((it) => [it.name, it.shape])).toEqual([
      ["x", [5_001, 3]],
      ["y", [5_001, 3]],
    ]);
  });

  test("keeps tensors without dimensions and texts", () => {
    const scalar: Tensor = { name: "one", datatype: "INT64", shape: [], bytes: new Uint8Array(8).fill(9) };
    const texts: Tensor = { name: "t", datatype: "BYTES", shape: [1], bytes: Buffer.from([2, 0, 0, 0, 104, 105]) };
    const frame = Buffer.concat(
      tensorFrames().encode({ kind: "result", call: 1 }, { outputs: [], requests: [[scalar, texts]] }),
    );
    const { tensors } = tensorFrames().decode(bodyOf(frame));
    expect(tensors.map((it) => ({ ...it, bytes: [...it.bytes] }))).toEqual([
      { ...scalar, bytes: [...scalar.bytes] },
      { ...texts, bytes: [...texts.bytes] },
    ]);
  });

  test("that was damaged is an error or other tensors of the right size, and nothing worse", () => {
    const frame = Buffer.concat(
      tensorFrames().encode({ kind: "result", call: 1 }, { outputs: ["a"], requests: [[tensor("x", 2, 1)]] }),
    );
    fc.assert(
      fc.property(fc.nat(frame.byteLength - FRAME_HEADER_BYTES - 1), fc.nat(255), (at, byte) => {
        const body = Buffer.from(bodyOf(frame));
        body[at] = byte;
        try {
          for (const it of tensorFrames().decode(body).tensors)
            expect(it.bytes.byteLength).toBeLessThanOrEqual(body.byteLength);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe("frames", () => {
  const texts = ["", "a", "b".repeat(1_000), "c".repeat(300_000), "d", "e".repeat(256 * 1_024)];
  const bytes = Buffer.concat(texts.map((text, i) => textFrame("failure", i, text)));
  const wanted = texts.map((text, call) => ({ kind: "failure", call, body: Buffer.from(text) }));

  test("are put together from pieces of any size", () => {
    for (const size of [1_021, 65_536, bytes.byteLength]) {
      const found: unknown[] = [];
      const read = frameReader((it) => found.push(copyOf(it)));
      for (let at = 0; at < bytes.byteLength; at += size) read(bytes.subarray(at, at + size));
      expect(found).toEqual(wanted);
    }
  });

  test("are read from a descriptor until its end, whatever their size", () => {
    const path = join(dir, "frames");
    writeFileSync(path, bytes);
    const file = openSync(path, "r");
    expect([...framesFrom(file)].length).toBe(texts.length);
    closeSync(file);
    const again = openSync(path, "r");
    const found: unknown[] = [];
    for (const it of framesFrom(again)) found.push(copyOf(it));
    closeSync(again);
    expect(found).toEqual(wanted);
  });

  test("of an impossible length are refused", () => {
    const read = frameReader(() => {});
    expect(() => read(Buffer.alloc(FRAME_HEADER_BYTES))).toThrow("is none");
    expect(() => read(Buffer.alloc(FRAME_HEADER_BYTES, 0xff))).toThrow("is none");
  });
});
