import { DomainError } from "@throughline/kernel";

/**
 * Archives are POSIX ustar files of one form only: regular files, with the names, modes and times that we give them, and
 * nothing else. So the same files always make the same bytes, any `tar` can open them, and a reader need not decide what a
 * link, a device, a sparse file or an extended header means: whatever a writer of ours would not have written is refused.
 */
export const BLOCK = 512;

/** An archive ends with two empty blocks. */
export const END: Uint8Array = new Uint8Array(2 * BLOCK);

const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  owner: [108, 8],
  group: [116, 8],
  size: [124, 12],
  time: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  ownerName: [265, 32],
  groupName: [297, 32],
} as const;

/** Largest file of an archive: its size has eleven octal digits. */
export const FILE_BYTES_MAX = 8 ** 11 - 1;

/** The header of a file. */
export function headerOf(name: string, sizeBytes: number): Uint8Array {
  const header = new Uint8Array(BLOCK);
  const put = (field: keyof typeof FIELDS, text: string): void =>
    void header.set(Buffer.from(text, "latin1"), FIELDS[field][0]);
  put("name", name);
  put("mode", "0000644\0");
  put("owner", "0000000\0");
  put("group", "0000000\0");
  put("size", `${sizeBytes.toString(8).padStart(11, "0")}\0`);
  put("time", "00000000000\0");
  put("checksum", " ".repeat(8));
  put("type", "0");
  put("magic", "ustar\x0000");
  const sum = header.reduce((total, byte) => total + byte, 0);
  put("checksum", `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

/** How many bytes follow the content of a file, so that the next header starts a block. */
export const paddingOf = (sizeBytes: number): number => (BLOCK - (sizeBytes % BLOCK)) % BLOCK;

/** What a header says. Fails with ARCHIVE_INVALID if one of ours would not be the same bytes. */
export function readHeader(header: Uint8Array): { readonly name: string; readonly sizeBytes: number } {
  const text = (field: keyof typeof FIELDS): string => {
    const [start, length] = FIELDS[field];
    const found = Buffer.from(header.subarray(start, start + length)).toString("latin1");
    return found.includes("\0") ? found.slice(0, found.indexOf("\0")) : found;
  };
  const name = text("name");
  const type = text("type");
  if (type !== "0") throw archiveInvalid(`${shownName(name)} is ${TYPES[type] ?? "no regular file"}`);
  const size = text("size");
  if (!/^[0-7]{11}$/.test(size)) throw archiveInvalid(`the size of ${shownName(name)} is not written as it should be`);
  const sizeBytes = Number.parseInt(size, 8);
  if (Buffer.compare(headerOf(name, sizeBytes), header) !== 0)
    throw archiveInvalid(`the header of ${shownName(name)} is damaged, or says what no archive of a release says`);
  return { name, sizeBytes };
}

const TYPES: Readonly<Record<string, string>> = {
  "1": "a hard link",
  "2": "a symbolic link",
  "3": "a device",
  "4": "a device",
  "5": "a folder",
  "6": "a pipe",
  x: "an extended header",
  g: "an extended header",
  L: "a long name",
  K: "a long link",
  S: "a sparse file",
};

/** A name of somebody else's, short enough for a message. */
const shownName = (name: string): string => JSON.stringify(name.slice(0, 100));

/** The bytes are no archive of a release. */
export const archiveInvalid = (why: string): DomainError =>
  new DomainError(
    "invalid",
    "ARCHIVE_INVALID",
    `The bytes are no archive of a release: ${why}. Export the release again, and import the bytes as they are.`,
    { metadata: { why }, violations: [{ path: "data", description: why }] },
  );
