/** Kinds of files that hold models which are never opened here, by the bytes that they start with. */
const KINDS: readonly (readonly [what: string, starts: (head: Buffer) => boolean])[] = [
  ["a pickle, as joblib and scikit-learn write them", (it) => it[0] === 0x80 && (it[1] ?? 0) >= 2 && (it[1] ?? 9) <= 5],
  ["a ZIP archive, as .pt, .pth, .keras, .npz and .mar files are", (it) => startsWith(it, "PK\x03\x04")],
  ["an HDF5 file, as Keras writes .h5", (it) => startsWith(it, "\x89HDF\r\n\x1a\n")],
  ["compressed with gzip", (it) => startsWith(it, "\x1f\x8b")],
  ["compressed with zlib, as joblib does it", (it) => it[0] === 0x78 && [0x01, 0x5e, 0x9c, 0xda].includes(it[1] ?? 0)],
  ["compressed with bzip2", (it) => startsWith(it, "BZh")],
  ["compressed with xz", (it) => startsWith(it, "\xfd7zXZ\x00")],
  ["a NumPy array", (it) => startsWith(it, "\x93NUMPY")],
  ["a TensorFlow Lite model", (it) => it.subarray(4, 8).toString("latin1") === "TFL3"],
  ["a GGUF model", (it) => startsWith(it, "GGUF")],
];

/** How many bytes of a file tell of what kind it is. */
export const FILE_HEAD_BYTES = 16;

const startsWith = (bytes: Buffer, text: string): boolean =>
  bytes.subarray(0, text.length).equals(Buffer.from(text, "latin1"));

/** What a file is that starts so, in words; undefined if it may be ONNX. */
export function foreignKind(head: Uint8Array): string | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  return KINDS.find(([, starts]) => starts(bytes))?.[0];
}
