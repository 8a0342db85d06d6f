import { fileURLToPath } from "node:url";
import { ConfigError } from "@throughline/kernel";
import type { BlobStore } from "./blob-store.ts";
import { fileBlobStore } from "./file-blob-store.ts";
import { parseS3Url } from "./s3-location.ts";

/** What a store needs besides its address. */
export interface OpenBlobsOptions {
  /** A folder for local copies of remote objects. One process at a time may use it; `file:` needs none. */
  readonly cacheDir: string;
  /** The most bytes of such copies; default 10 GiB. */
  readonly cacheBytesMax?: number;
  /** Where AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN are looked up when the address has no keys. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const CACHE_BYTES_MAX = 10 * 1024 ** 3;

/**
 * Opens the object store at an address from the operator's configuration, never from a request: `file:///folder`, or
 * `s3://access:secret@host:port/bucket?tls=false&region=...&prefix=...`. Fails with a ConfigError that shows no secret.
 */
export async function openBlobs(url: string, options: OpenBlobsOptions): Promise<BlobStore> {
  if (url.startsWith("file:")) return fileBlobStore(folderOf(url));
  if (url.startsWith("s3:")) {
    const { cacheDir, cacheBytesMax = CACHE_BYTES_MAX } = options;
    // The client takes 20 MB, which a process that does not use it does without.
    const { s3BlobStore } = await import("./s3-blob-store.ts");
    return s3BlobStore(parseS3Url(url, options.env ?? {}), { cacheDir, cacheBytesMax });
  }
  throw new ConfigError(["the address of the object storage starts with neither file:/// nor s3://"]);
}

/** The folder that `localFile` gives files of, for the address and the options that a store is opened with. */
export const localFolder = (url: string, { cacheDir }: Pick<OpenBlobsOptions, "cacheDir">): string =>
  url.startsWith("file:") ? folderOf(url) : cacheDir;

function folderOf(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    throw new ConfigError([`"${url}" names no local folder: write file:/// and an absolute path`]);
  }
}
