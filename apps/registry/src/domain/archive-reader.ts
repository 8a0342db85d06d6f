import { archiveInvalid, BLOCK, paddingOf, readHeader } from "./archive.ts";

/** A file of an archive. Its content must be read before the next file is asked for. */
export interface ArchivedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

/** The files of an archive, one after the other, in bounded memory. */
export interface ArchiveReader {
  /** Undefined after the last, when the archive ended as it should. Fails with ARCHIVE_INVALID. */
  next(): Promise<ArchivedFile | undefined>;
}

/** Reads an archive of at most `bytesMax` bytes. */
export function archiveReader(source: AsyncIterable<Uint8Array>, bytesMax: number): ArchiveReader {
  const bytes = byteReader(source, bytesMax);
  let left = 0;
  let padding = 0;
  async function* content(): AsyncGenerator<Uint8Array> {
    while (left > 0) {
      const piece = await bytes.some(left);
      left -= piece.length;
      yield piece;
    }
  }
  return {
    async next() {
      if (left > 0) throw archiveInvalid("a file was not read to its end");
      if ((await bytes.exactly(padding)).some((it) => it !== 0))
        throw archiveInvalid("there are bytes between two files");
      padding = 0;
      const header = await bytes.exactly(BLOCK);
      if (header.every((it) => it === 0)) {
        await readEnd(bytes);
        return undefined;
      }
      const { name, sizeBytes } = readHeader(header);
      if (sizeBytes > bytesMax) throw archiveInvalid(`one of its files has more than ${bytesMax} bytes`);
      left = sizeBytes;
      padding = paddingOf(sizeBytes);
      return { name, sizeBytes, content: content() };
    },
  };
}

/** Reads the second of the two empty blocks, and makes sure that nothing follows. */
async function readEnd(bytes: ByteReader): Promise<void> {
  if ((await bytes.exactly(BLOCK)).some((it) => it !== 0))
    throw archiveInvalid("it does not end with two empty blocks");
  if (!(await bytes.atEnd())) throw archiveInvalid("there are bytes after its end");
}

interface ByteReader {
  /** So many bytes, few enough for memory. */
  exactly(count: number): Promise<Uint8Array>;
  /** The next bytes as they come, at least one and at most `most`. */
  some(most: number): Promise<Uint8Array>;
  atEnd(): Promise<boolean>;
}

function byteReader(source: AsyncIterable<Uint8Array>, bytesMax: number): ByteReader {
  const pieces = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let total = 0;
  const fill = async (): Promise<boolean> => {
    while (rest.length === 0) {
      const next = await pieces.next();
      if (next.done) return false;
      total += next.value.length;
      if (total > bytesMax) throw archiveInvalid(`it has more than ${bytesMax} bytes`);
      rest = next.value;
    }
    return true;
  };
  const some = async (most: number): Promise<Uint8Array> => {
    if (!(await fill())) throw archiveInvalid("it is cut off");
    const piece = rest.subarray(0, most);
    rest = rest.subarray(piece.length);
    return piece;
  };
  return {
    some,
    async exactly(count) {
      const parts: Uint8Array[] = [];
      for (let missing = count; missing > 0; ) {
        const piece = await some(missing);
        missing -= piece.length;
        parts.push(piece);
      }
      return Buffer.concat(parts);
    },
    atEnd: async () => !(await fill()),
  };
}
