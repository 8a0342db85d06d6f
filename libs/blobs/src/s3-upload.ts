import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { storageUnavailable, translated } from "./errors.ts";
import { PART_BYTES, type S3Bucket, type S3Part } from "./s3-bucket.ts";

/** A local file that is to become the object `key`. */
export interface UploadFile {
  readonly path: string;
  readonly size: number;
  readonly key: string;
}

/** Sends files to a bucket, and knows which uploads are under way. */
export interface S3Uploads {
  /** Makes the object exist with the file's content. An object that has that content already is left alone. */
  send(file: UploadFile): Promise<void>;
  isUnderWay(uploadId: string): boolean;
}

export function s3Uploads(bucket: S3Bucket): S3Uploads {
  const underWay = new Set<string>();
  return {
    isUnderWay: (uploadId) => underWay.has(uploadId),
    async send(file) {
      const present = await bucket.head(file.key);
      if (present?.size === file.size && present.etag === (await etagOf(file))) return;
      if (file.size <= PART_BYTES) await sendWhole(bucket, file, present === undefined);
      else await sendParts(bucket, file, underWay);
      // The server checked each body against its signed SHA-256 or its MD5. What is left to check is that it kept it.
      const stored = await bucket.head(file.key);
      if (stored?.size !== file.size) {
        throw storageUnavailable(
          `the server has ${stored?.size ?? "none"} of the ${file.size} bytes that it acknowledged`,
        );
      }
    },
  };
}

async function sendWhole(bucket: S3Bucket, file: UploadFile, ifAbsent: boolean): Promise<void> {
  let bytes: Buffer = Buffer.alloc(0);
  for await (const part of partsOf(file)) bytes = part;
  await bucket.putWhole(file.key, bytes, ifAbsent);
}

async function sendParts(bucket: S3Bucket, file: UploadFile, underWay: Set<string>): Promise<void> {
  const uploadId = await bucket.beginUpload(file.key);
  underWay.add(uploadId);
  try {
    const parts: S3Part[] = [];
    for await (const bytes of partsOf(file)) {
      parts.push(await bucket.putPart(file.key, uploadId, { number: parts.length + 1, bytes }));
    }
    await bucket.completeUpload(file.key, uploadId, parts);
  } catch (error) {
    // The first failure is the one to tell. An upload that cannot be given up now is found by a later sweep.
    await bucket.abortUpload(file.key, uploadId).catch(() => {});
    throw error;
  } finally {
    underWay.delete(uploadId);
  }
}

/** The ETag that S3 gives to this content in the clear when it is sent in parts of PART_BYTES. */
async function etagOf(file: UploadFile): Promise<string> {
  const hashes: Buffer[] = [];
  for await (const part of partsOf(file)) hashes.push(md5(part));
  const [only = md5(Buffer.alloc(0))] = hashes;
  return hashes.length <= 1 ? only.toString("hex") : `${md5(Buffer.concat(hashes)).toString("hex")}-${hashes.length}`;
}

const md5 = (bytes: Buffer): Buffer => createHash("md5").update(bytes).digest();

/** The file in pieces of PART_BYTES; the memory of one is all that is held. */
async function* partsOf({ path, size }: UploadFile): AsyncGenerator<Buffer> {
  await using file = await translated(() => open(path));
  for (let start = 0; start < size; start += PART_BYTES) {
    const part = Buffer.allocUnsafe(Math.min(PART_BYTES, size - start));
    for (let filled = 0; filled < part.length; ) {
      const { bytesRead } = await translated(() => file.read(part, filled, part.length - filled, start + filled));
      if (bytesRead === 0) throw storageUnavailable("the local copy was cut while it was sent");
      filled += bytesRead;
    }
    yield part;
  }
}
