import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Digest, digestOfBytes } from "@throughline/kernel";
import { type S3Server, type S3ServerKind, s3ServersToTest } from "@throughline/testing";
import { Client } from "minio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { testBlobStore } from "./laws.ts";
import { hexOf } from "./object-path.ts";
import { openBlobs } from "./open-blobs.ts";
import { startWriter } from "./testing-child.ts";
import { contentOf, inPieces, read, reasonOf } from "./testing-content.ts";
import { type Fault, startFaultProxy } from "./testing-proxy.ts";

const servers = await s3ServersToTest(process.env);
const base = await mkdtemp(join(tmpdir(), "throughline-blobs-s3-"));
afterAll(() => rm(base, { recursive: true, force: true }));
const newCacheDir = () => mkdtemp(join(base, "cache-"));
const MIB = 1024 * 1024;

test.skipIf(servers.length > 0)("the S3 laws run with THROUGHLINE_TEST_SERVERS=1 and built servers only", () => {});

for (const kind of servers) describe(kind.name, () => testOn(kind));

function testOn(kind: S3ServerKind): void {
  let server: S3Server;
  let client: Client;
  let buckets = 0;
  beforeAll(async () => {
    server = await kind.start();
    const { port, accessKey, secretKey } = server;
    client = new Client({ endPoint: "127.0.0.1", port, useSSL: false, region: "us-east-1", accessKey, secretKey });
  });
  afterAll(() => server.stop());

  const urlOf = (bucket: string, port = server.port) =>
    `s3://${server.accessKey}:${server.secretKey}@127.0.0.1:${port}/${bucket}?tls=false&prefix=a/b`;
  const newBucket = async () => {
    const bucket = `bucket-${++buckets}`;
    await client.makeBucket(bucket);
    return bucket;
  };
  const open = async (options: { readonly port?: number; readonly cacheBytesMax?: number } = {}) => {
    const [bucket, cacheDir] = [await newBucket(), await newCacheDir()];
    const { port, ...rest } = options;
    return { bucket, cacheDir, store: await openBlobs(urlOf(bucket, port), { cacheDir, ...rest }) };
  };

  testBlobStore(kind.name, async () => {
    const { bucket, store } = await open();
    return {
      store,
      async damage(digest, bytes) {
        await client.putObject(bucket, `a/b/sha256/${hexOf(digest)}`, Buffer.from(bytes));
      },
    };
  });

  test("an object of several parts goes in and out, and is not sent twice", async () => {
    const calls: string[] = [];
    const proxy = await startFaultProxy(server.port, (method, path) => {
      calls.push(`${method} ${path}`);
      return "pass";
    });
    const { store, cacheDir } = await open({ port: proxy.port });
    const bytes = contentOf(40 * MIB + 3, 1);
    const info = await store.put(inPieces([bytes]));
    expect(digestOfBytes(await read(store.get(info.digest)))).toBe(info.digest);
    const part = await read(store.get(info.digest, { range: { offset: 16 * MIB - 1, length: 3 } }));
    expect(part).toEqual(bytes.subarray(16 * MIB - 1, 16 * MIB + 2));
    expect(calls.filter((it) => /partNumber=/.test(it))).toHaveLength(3);
    expect(await store.put(bytes)).toEqual(info);
    expect(calls.filter((it) => /partNumber=/.test(it))).toHaveLength(3);
    expect(await readdir(join(cacheDir, "spool"))).toEqual([]);
    proxy.close();
    await store.close();
  });

  test("two writers of one large object at the same time both succeed", async () => {
    const { store } = await open();
    const bytes = contentOf(17 * MIB, 2);
    const [one, other] = await Promise.all([store.put(bytes), store.put(bytes)]);
    expect(one).toEqual(other);
    expect(digestOfBytes(await read(store.get(one.digest)))).toBe(one.digest);
    await store.close();
  });

  test("somebody else's keys under our prefix are no objects", async () => {
    const { store, bucket } = await open();
    for (const key of ["0", "sha", `${"0".repeat(64)}x`]) await client.putObject(bucket, `a/b/sha256/${key}`, "x");
    const { digest, size } = await store.put(Buffer.from("ours"));
    expect(await store.list({ limit: 2 })).toEqual([{ digest, size }]);
    expect(await store.list({ limit: 1 })).toEqual([{ digest, size }]);
    await store.close();
  });

  test("a server that is slow to take load is tried again, and given up after four tries", async () => {
    let [refusals, calls] = [0, 0];
    const proxy = await startFaultProxy(server.port, () => {
      calls += 1;
      return refusals-- > 0 ? "slow down" : "pass";
    });
    const { store } = await open({ port: proxy.port });
    refusals = 3;
    const { digest } = await store.put(contentOf(1_000, 2));
    refusals = 3;
    expect(await read(store.get(digest))).toEqual(contentOf(1_000, 2));
    [refusals, calls] = [99, 0];
    expect(await reasonOf(() => read(store.get(digest)))).toBe("STORAGE_UNAVAILABLE");
    expect(calls).toBe(4);
    expect(await reasonOf(() => store.ping())).toBe("STORAGE_UNAVAILABLE");
    proxy.close();
    await store.close();
  });

  test("many refused calls leave no connection taken", async () => {
    let fault: Fault = "slow down";
    const proxy = await startFaultProxy(server.port, () => fault);
    const { store } = await open({ port: proxy.port });
    const digest = digestOfBytes("anything");
    await Promise.all(Array.from({ length: 100 }, () => reasonOf(() => read(store.get(digest)))));
    fault = "pass";
    expect(await reasonOf(() => read(store.get(digest)))).toBe("NOT_FOUND");
    proxy.close();
    await store.close();
  });

  test("an answer that breaks off is STORAGE_UNAVAILABLE, never a short object", async () => {
    let fault: Fault = "pass";
    const proxy = await startFaultProxy(server.port, (method) => (method === "GET" ? fault : "pass"));
    const { store, cacheDir } = await open({ port: proxy.port });
    const { digest } = await store.put(contentOf(3 * MIB, 3));
    fault = "cut";
    expect(await reasonOf(() => read(store.get(digest)))).toBe("STORAGE_UNAVAILABLE");
    expect(await reasonOf(() => store.localFile(digest))).toBe("STORAGE_UNAVAILABLE");
    expect(await readdir(join(cacheDir, "cache", "tmp"))).toEqual([]);
    fault = "pass";
    expect(digestOfBytes(await readFile(await store.localFile(digest)))).toBe(digest);
    proxy.close();
    await store.close();
  });

  test("wrong keys, a missing bucket and a dead server are told apart", async () => {
    const { store } = await open();
    await store.close();
    const { port, accessKey } = server;
    const cacheDir = await newCacheDir();
    const wrongKeys = await openBlobs(`s3://${accessKey}:wrong@127.0.0.1:${port}/bucket-1?tls=false`, { cacheDir });
    expect(await reasonOf(() => wrongKeys.put(Buffer.from("x")))).toBe("STORAGE_REFUSED");
    const noBucket = await openBlobs(urlOf("no-such-bucket"), { cacheDir });
    expect(await reasonOf(() => noBucket.ping())).toBe("STORAGE_REFUSED");
    expect(await reasonOf(() => noBucket.put(Buffer.from("x")))).toBe("STORAGE_REFUSED");
    const dead = await openBlobs(urlOf("bucket-1", 1), { cacheDir });
    expect(await reasonOf(() => dead.ping())).toBe("STORAGE_UNAVAILABLE");
    expect(await readdir(join(cacheDir, "spool"))).toEqual([]);
  });

  test("local copies stay within the bound, and what was used last stays longest", async () => {
    const { store, cacheDir } = await open({ cacheBytesMax: 3 * MIB });
    const digests: Digest[] = [];
    for (let seed = 0; seed < 4; seed++) digests.push((await store.put(contentOf(MIB, seed))).digest);
    const [first, second, third, fourth] = digests as [Digest, Digest, Digest, Digest];
    const firstPath = await store.localFile(first);
    for (const digest of [second, third, first, fourth]) await store.localFile(digest);
    const copies = await openBlobs(`file://${join(cacheDir, "cache")}`, { cacheDir });
    const kept = (await copies.list({ limit: 10 })).map((it) => it.digest);
    expect(kept.toSorted()).toEqual([first, third, fourth].toSorted());
    expect(digestOfBytes(await readFile(firstPath))).toBe(first);

    const all = await Promise.all(digests.map((it) => store.localFile(it)));
    expect(new Set(all).size).toBe(4);
    expect((await copies.list({ limit: 10 })).length).toBeLessThanOrEqual(3);
    const large = await store.put(contentOf(3 * MIB + 1, 9));
    expect(await reasonOf(() => store.localFile(large.digest))).toBe("CACHE_TOO_SMALL");
    await store.close();
  });

  test("a damaged local copy is fetched again", async () => {
    const { store } = await open();
    const { digest } = await store.put(contentOf(5_000, 4));
    const path = await store.localFile(digest);
    await rm(path);
    await writeFile(path, "damaged");
    expect(digestOfBytes(await readFile(await store.localFile(digest)))).toBe(digest);
    await store.close();
  });

  test("a writer that dies by kill -9 loses nothing acknowledged and shows nothing partial", async () => {
    const [bucket, cacheDir] = [await newBucket(), await newCacheDir()];
    const writer = startWriter({ url: urlOf(bucket), cacheDir, size: 500_000 });
    await writer.acknowledged(5);
    const acknowledged = await writer.kill9();
    const store = await openBlobs(urlOf(bucket), { cacheDir });
    const listed = await store.list({ limit: 1_000 });
    for (const { digest, size } of listed) expect((await read(store.get(digest))).length).toBe(size);
    expect(listed.map((it) => it.digest)).toEqual(expect.arrayContaining([...acknowledged]));
    await store.sweepOrphans(0);
    expect(await readdir(join(cacheDir, "spool"))).toEqual([]);
    await store.close();
  });

  test("a writer that dies between two parts leaves nothing visible, and a sweep gives the space back", async () => {
    let reached = () => {};
    const secondPart = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const proxy = await startFaultProxy(server.port, (_, path) => {
      if (!path.includes("partNumber=2")) return "pass";
      reached();
      return "stall";
    });
    const [bucket, cacheDir] = [await newBucket(), await newCacheDir()];
    const writer = startWriter({ url: urlOf(bucket, proxy.port), cacheDir, size: 33 * MIB });
    await secondPart;
    expect(await writer.kill9()).toEqual([]);
    proxy.close();

    const store = await openBlobs(urlOf(bucket), { cacheDir });
    expect(await store.list({ limit: 1 })).toEqual([]);
    const { removed, bytes } = await store.sweepOrphans(0);
    expect(bytes).toBe(33 * MIB);
    // MinIO lists unfinished uploads of one exact key only, and removes them by itself after a day.
    expect(removed).toBe(kind.name === "minio" ? 1 : 2);
    expect(await store.sweepOrphans(0)).toEqual({ removed: 0, bytes: 0 });
    await store.close();
  });
}
