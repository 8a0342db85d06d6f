export {
  BLOB_LIMITS,
  type BlobInfo,
  type BlobStore,
  type ByteRange,
  type CondemnedBlob,
  type PutOptions,
  type SweepResult,
} from "./blob-store.ts";
export { fileBlobStore } from "./file-blob-store.ts";
export { localFolder, type OpenBlobsOptions, openBlobs } from "./open-blobs.ts";
