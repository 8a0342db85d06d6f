import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BLOCK, END, headerOf, paddingOf } from "./archive.ts";
import { archiveReader } from "./archive-reader.ts";

type Files = readonly (readonly [name: string, content: Uint8Array])[];

const NAME = "release.json";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const archiveOf = (files: Files, end = END): Buffer =>
  Buffer.concat([
    ...files.flatMap(([name, content]) => [
      headerOf(name, content.length),
      content,
      new Uint8Array(paddingOf(content.length)),
    ]),
    end,
  ]);

async function* inPieces(archive: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
}

async function filesOf(archive: Uint8Array, { pieces = 700, bytesMax = 10 ** 6 } = {}): Promise<Files> {
  const reader = archiveReader(inPieces(archive, pieces), bytesMax);
  const files: [string, Uint8Array][] = [];
  for (let file = await reader.next(); file; file = await reader.next()) {
    const content: Uint8Array[] = [];
    for await (const piece of file.content) content.push(piece);
    files.push([file.name, new Uint8Array(Buffer.concat(content))]);
  }
  return files;
}

test("what was written is read, whatever the pieces", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.stringMatching(/^[a-z/.]{1,99}$/), fc.uint8Array({ maxLength: 2_000 })), { maxLength: 5 }),
      fc.integer({ min: 1, max: 3_000 }),
      async (files, pieces) => {
        expect(await filesOf(archiveOf(files), { pieces })).toEqual(files);
      },
    ),
    { numRuns: 50 },
  );
});

/** An archive of one file whose header was changed, with the checksum made right again. */
function withHeader(change: (header: Buffer) => void): Buffer {
  const archive = archiveOf([[NAME, bytes("x")]]);
  const header = archive.subarray(0, BLOCK);
  change(header);
  header.write(" ".repeat(8), 148, "latin1");
  const sum = header.reduce((total, it) => total + it, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return archive;
}

const ofType = (type: string) => withHeader((it) => void it.write(type, 156, "latin1"));

describe("what we would not have written is refused", () => {
  test.each([
    ["a symbolic link", ofType("2"), "a symbolic link"],
    ["a hard link", ofType("1"), "a hard link"],
    ["a character device", ofType("3"), "a device"],
    ["a block device", ofType("4"), "a device"],
    ["a folder", ofType("5"), "a folder"],
    ["a pipe", ofType("6"), "a pipe"],
    ["an extended header that renames what follows", ofType("x"), "an extended header"],
    ["a global extended header", ofType("g"), "an extended header"],
    ["a long name", ofType("L"), "a long name"],
    ["a sparse file", ofType("S"), "a sparse file"],
    ["the old way to write a regular file", ofType("\0"), "no regular file"],
    ["a name that goes on in another field", withHeader((it) => void it.write("..", 345)), "says what no archive"],
    ["a link's target", withHeader((it) => void it.write("/etc/passwd", 157)), "says what no archive"],
    ["bytes behind the end of a name", withHeader((it) => void it.write("x", 50)), "says what no archive"],
    ["a set-user-id program", withHeader((it) => void it.write("0004755", 100)), "says what no archive"],
    ["a size in base 256", withHeader((it) => void it.writeUInt8(0x80, 124)), "is not written as it should be"],
    ["a negative size", withHeader((it) => void it.write("-0000000001", 124)), "is not written as it should be"],
    ["GNU's format", withHeader((it) => void it.write("ustar  ", 257)), "says what no archive"],
    ["more bytes than may be", archiveOf([[NAME, new Uint8Array(3_000)]]), "more than 2100 bytes"],
    ["a size beyond the archive", withHeader((it) => void it.write("00000003777", 124)), "cut off"],
    ["an archive without end", archiveOf([[NAME, bytes("x")]], new Uint8Array(0)), "cut off"],
    ["one empty block at the end", archiveOf([[NAME, bytes("x")]], new Uint8Array(BLOCK)), "cut off"],
    ["a second archive behind the end", Buffer.concat([archiveOf([]), archiveOf([])]), "bytes after its end"],
    ["no bytes at all", Buffer.alloc(0), "cut off"],
    ["a zip file", Buffer.concat([Buffer.from("PK\x03\x04"), Buffer.alloc(BLOCK)]), "no regular file"],
  ])("%s", async (_, archive, why) => {
    await expect(filesOf(archive, { bytesMax: 2_100 })).rejects.toThrow(why);
  });

  test("a wrong checksum, and bytes between files", async () => {
    const wrong = archiveOf([[NAME, bytes("x")]]);
    wrong.write("9", 150);
    await expect(filesOf(wrong)).rejects.toThrow("damaged");
    const between = archiveOf([[NAME, bytes("x")]]);
    between.write("y", BLOCK + 100);
    await expect(filesOf(between)).rejects.toThrow("bytes between two files");
  });

  test("an upload without end is cut off as soon as it has more bytes than may be", async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield headerOf(NAME, 10 ** 9);
      for (; ; sent += BLOCK) yield new Uint8Array(BLOCK);
    }
    const reader = archiveReader(endless(), 2 * 10 ** 9);
    const file = await reader.next();
    expect(file?.sizeBytes).toBe(10 ** 9);
    await expect(archiveReader(endless(), 10 ** 5).next()).rejects.toThrow("more than 100000 bytes");
    const zeros = archiveReader(inPieces(new Uint8Array(10 ** 6), 10 ** 6), 10 ** 5);
    await expect(zeros.next()).rejects.toThrow("more than 100000 bytes");
    expect(sent).toBe(0);
  });

  test("any one changed bit is found by the header, or changes the content of a file", async () => {
    const files: Files = [[NAME, bytes("content")]];
    const archive = archiveOf(files);
    await fc.assert(
      fc.asyncProperty(fc.nat(archive.length * 8 - 1), async (bit) => {
        const changed = Buffer.from(archive);
        const at = bit >> 3;
        changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
        const found = await filesOf(changed).catch(() => undefined);
        expect(found).not.toEqual(files);
      }),
      { numRuns: 200 },
    );
  });
});
