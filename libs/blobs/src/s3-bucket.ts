import { createHash } from "node:crypto";
import { Client } from "minio";
import { storageUnavailable } from "./errors.ts";
import { withRetries } from "./s3-errors.ts";
import type { S3Location } from "./s3-location.ts";
import { s3Transport } from "./s3-transport.ts";

/** Every part of an upload but the last has so many bytes. S3 allows 10,000 parts. */
export const PART_BYTES = 16 * 1024 * 1024;

/** What a bucket says of one key. */
export interface S3Head {
  readonly size: number;
  /** For content in the clear: the MD5 of the bytes, or of the MD5s of the parts, `-` and their number. */
  readonly etag: string;
}

export interface S3Part {
  readonly part: number;
  readonly etag: string;
}

export interface S3Upload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

/** The calls on one bucket that the store needs. All are retried while the storage is unavailable. */
export interface S3Bucket {
  head(key: string): Promise<S3Head | undefined>;
  /** Fails with whatever `absent` makes when there is no such key. */
  get(
    key: string,
    span: { readonly start: number; readonly end: number } | undefined,
    absent: () => Error,
  ): AsyncGenerator<Uint8Array>;
  /** With `ifAbsent` an object that is already there stays as it is. */
  putWhole(key: string, bytes: Buffer, ifAbsent: boolean): Promise<void>;
  beginUpload(key: string): Promise<string>;
  putPart(key: string, uploadId: string, part: { readonly number: number; readonly bytes: Buffer }): Promise<S3Part>;
  /** Succeeds also when the upload is no longer known: an earlier try may have ended it and its answer been lost. */
  completeUpload(key: string, uploadId: string, parts: readonly S3Part[]): Promise<void>;
  abortUpload(key: string, uploadId: string): Promise<void>;
  /** Keys under `prefix` after the key `after`, in order, with their sizes; `ended` says that there are no more. */
  list(prefix: string, after: string, limit: number): Promise<S3Page>;
  uploads(prefix: string): AsyncGenerator<S3Upload>;
  remove(key: string): Promise<void>;
  /** Copies an object of at most 5 GiB within the bucket; false if there is no such object. */
  copy(from: string, to: string): Promise<boolean>;
  exists(): Promise<boolean>;
  close(): void;
}

export interface S3Page {
  readonly objects: readonly { readonly key: string; readonly size: number }[];
  readonly ended: boolean;
}

/** Connects lazily: the first call finds out whether the server is there. */
export function s3Bucket(location: S3Location): S3Bucket {
  const transport = s3Transport(location.tls);
  const client = new Client({
    endPoint: location.host,
    port: location.port,
    useSSL: location.tls,
    region: location.region,
    accessKey: location.accessKey,
    secretKey: location.secretKey,
    ...(location.sessionToken === undefined ? {} : { sessionToken: location.sessionToken }),
    partSize: PART_BYTES,
    retryOptions: { disableRetry: true },
    ...transport,
  });
  const { bucket } = location;
  return {
    ...objectCalls(client, bucket),
    ...uploadCalls(client, bucket),
    list: async (prefix, after, limit) => {
      const page = await withRetries(() => client.listObjectsV2Query(bucket, prefix, "", "", limit, after));
      const objects = page.objects.flatMap((it) => (it.name === undefined ? [] : [{ key: it.name, size: it.size }]));
      return { objects, ended: !page.isTruncated };
    },
    exists: () => withRetries(() => client.bucketExists(bucket)),
    close: () => transport.transportAgent.destroy(),
  };
}

type ObjectCalls = Pick<S3Bucket, "head" | "get" | "putWhole" | "remove" | "copy">;

function objectCalls(client: Client, bucket: string): ObjectCalls {
  return {
    head: (key) =>
      withRetries<S3Head | undefined>(() => client.statObject(bucket, key), {
        NotFound: () => undefined,
        NoSuchKey: () => undefined,
      }),
    async *get(key, span, absent) {
      const missing = () => {
        throw absent();
      };
      const body = await withRetries(
        () =>
          span
            ? client.getPartialObject(bucket, key, span.start, span.end - span.start)
            : client.getObject(bucket, key),
        { NoSuchKey: missing, NotFound: missing },
      );
      try {
        yield* body;
      } catch (error) {
        throw storageUnavailable(error);
      }
    },
    async putWhole(key, bytes, ifAbsent) {
      const headers = ifAbsent ? { "If-None-Match": "*" } : {};
      await withRetries<unknown>(() => client.putObject(bucket, key, bytes, bytes.length, headers), {
        PreconditionFailed: () => undefined,
      });
    },
    remove: (key) => withRetries(() => client.removeObject(bucket, key), { NoSuchKey: () => {}, NotFound: () => {} }),
    copy: (from, to) =>
      withRetries<boolean>(() => client.copyObject(bucket, to, `/${bucket}/${from}`).then(() => true), {
        NoSuchKey: () => false,
        NotFound: () => false,
      }),
  };
}

type UploadCalls = Pick<S3Bucket, "beginUpload" | "putPart" | "completeUpload" | "abortUpload" | "uploads">;

function uploadCalls(client: Client, bucket: string): UploadCalls {
  return {
    beginUpload: (key) => withRetries(() => client.initiateNewMultipartUpload(bucket, key, {})),
    putPart: (key, uploadId, { number, bytes }) =>
      withRetries(() => {
        // With TLS the client signs no payload, so that only this header lets the server check what arrived.
        const headers = { "Content-MD5": createHash("md5").update(bytes).digest("base64") };
        const part = { bucketName: bucket, objectName: key, uploadID: uploadId, partNumber: number, headers };
        return client.uploadPart(part, bytes);
      }),
    completeUpload: async (key, uploadId, parts) => {
      await withRetries<unknown>(() => client.completeMultipartUpload(bucket, key, uploadId, [...parts]), {
        NoSuchUpload: () => undefined,
      });
    },
    abortUpload: (key, uploadId) =>
      withRetries(() => client.abortMultipartUpload(bucket, key, uploadId), {
        NoSuchUpload: () => {},
        NotFound: () => {},
      }),
    async *uploads(prefix) {
      for (let [marker, ended] = ["", false]; !ended; ) {
        const page = await withRetries(() => client.listIncompleteUploadsQuery(bucket, prefix, marker, "", ""));
        yield* page.uploads;
        marker = page.nextKeyMarker;
        ended = !page.isTruncated || marker === "";
      }
    },
  };
}
