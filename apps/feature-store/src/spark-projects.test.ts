import { randomInt } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Digest } from "@throughline/kernel";
import { openSparkProjects, type SparkProjects } from "@throughline/tables/spark";
import {
  type S3Server,
  type SparkServer,
  s3ServersToTest,
  sparkOnS3,
  sparkS3Library,
  sparkToTest,
  startSparkServer,
} from "@throughline/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { joinTimelines, spineForTests, timelinesForTests, trainTimelines } from "./laws/timelines.ts";
import { compactResult } from "./testing-operations.ts";
import { type TestPlatform, testPlatform } from "./testing-platform.ts";

const home = sparkToTest(process.env);
const minio = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");
const library = sparkS3Library(process.env);
/** Each job of Spark takes seconds, and the first ones more. */
const TIME_LIMIT_MS = 600_000;

/** Where a platform keeps its files; and where Spark finds them as objects. */
interface Kept {
  readonly blobs?: string | undefined;
  readonly objects?: string | undefined;
}

describe.skipIf(home === undefined)("projects on Spark", { timeout: TIME_LIMIT_MS }, () => {
  let server: SparkServer;
  let s3: S3Server | undefined;
  const closing: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    s3 = await minio?.start();
    const wrongKey = { "spark.hadoop.fs.s3a.bucket.locked.secret.key": "another" };
    server = await startSparkServer(home ?? "", s3 && library ? { ...sparkOnS3(library, s3), ...wrongKey } : {});
  }, TIME_LIMIT_MS);
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
    await Promise.all([server.stop(), s3?.stop()]);
  });

  /** Calls that went to Spark. */
  const calls: string[] = [];

  /** A platform whose project `s` uses Spark; `d` does not. With `objects`, Spark takes stored files from there and from nowhere else. */
  async function platformOn({
    blobs,
    objects,
  }: Kept = {}): Promise<TestPlatform & { readonly engines: SparkProjects }> {
    let engines: SparkProjects | undefined;
    const platform = await testPlatform(undefined, {
      ...(blobs === undefined ? {} : { blobs }),
      projects: ["d", "s"],
      filesMax: 1_000,
      async engines(tables, folder) {
        const cached = { folder: join(dirname(folder), "cache"), url: `${objects}/{name}` };
        const sparkPaths = objects === undefined ? [] : [{ folder: "/", url: "file:/" }, cached];
        const settings = { spark: server.url, sparkProjects: ["s"], sparkExchange: "", sparkPaths };
        engines = await openSparkProjects(settings, { tables, exchangeDir: folder, filesDir: "/" });
        return { ...engines, of: (project) => watched(engines?.of(project)) };
      },
    });
    if (!engines) throw new Error("there are no engines");
    closing.push(() => platform.close(), engines.close);
    return Object.assign(platform, { engines });
  }

  const watched = <T extends object | undefined>(engine: T): T =>
    engine &&
    new Proxy(engine, {
      get(of, name) {
        calls.push(String(name));
        return Reflect.get(of, name);
      },
    });

  const stores: readonly (readonly [string, number, () => Promise<Kept>])[] = [
    ["files", 10_000, async () => ({})],
    ...(minio ? [["S3", 10_000, () => bucketOf("features")] as const] : []),
    ...(minio && library
      ? [["S3, whose objects Spark reads by itself", 1_000, () => bucketOf("objects", "s3a://objects/sha256")] as const]
      : []),
  ];
  async function bucketOf(name: string, objects?: string): Promise<Kept> {
    if (!s3) return expect.unreachable("there is no MinIO");
    const { dir, port, accessKey, secretKey } = s3;
    // To this server a bucket is a folder.
    await mkdir(join(dir, name));
    return { blobs: `s3://${accessKey}:${secretKey}@127.0.0.1:${port}/${name}?tls=false`, objects };
  }

  const seed = randomInt(2 ** 31);
  test.each(stores)(
    `timelines are a loop's answers and DuckDB's bytes, on %s: %d (seed ${seed})`,
    async (_, count, open) => {
      const platform = await platformOn(await open());
      await platform.engines.ready();
      const timelines = timelinesForTests(count, seed);
      calls.length = 0;
      const [theirs, ours] = [
        await joinTimelines(platform, "d", timelines),
        await joinTimelines(platform, "s", timelines),
      ];
      expect(new Set(calls)).toEqual(new Set(["pointInTimeJoin", "rowsIdentity"]));
      calls.length = 0;
      expect(ours.certificate).toMatchObject({
        passed: true,
        sampledRowCount: BigInt(count),
        mismatchCount: 0n,
        laterKnowledgeCount: 0n,
      });
      const { digest, fileDigest, certificateDigest, segmentDigests } = theirs;
      expect(ours).toMatchObject({ digest, fileDigest, certificateDigest, segmentDigests });
      console.log(`seed ${seed}: ${digest} from both engines`);
      // Compacted files, too, are the same, and so is what is joined from them.
      const compacted = await Promise.all(["d", "s"].map((it) => compact(platform, it)));
      expect(compacted[0]).not.toEqual([]);
      expect(compacted[1]).toEqual(compacted[0]);
      expect(new Set(calls)).toEqual(new Set(["rowDigests", "rowsIdentity"]));
      const spine = await spineForTests(platform, timelines.spine.slice(0, 100));
      const [after, before] = [await trainTimelines(platform, "s", spine), await trainTimelines(platform, "d", spine)];
      expect(after.fileDigest).toBe(before.fileDigest);
    },
  );

  async function compact(platform: TestPlatform, project: string): Promise<readonly (Digest | string)[]> {
    const { operation } = await platform.dataVersions.compactSource({ source: `projects/${project}/sources/events` });
    const commits = compactResult(await platform.ended(operation)) ?? [];
    return commits.flatMap((it) => it.compacted.map((file) => `${file.digest} ${file.rowsDigest}`));
  }

  const unseen: readonly (readonly [string, string])[] = [
    ["a bucket that is not there", "none"],
    ["a bucket without its objects", "empty"],
    ["a bucket that Spark's key does not open", "locked"],
  ];
  describe.skipIf(!minio || !library)("objects that Spark does not see are no other's, and are said", () => {
    test.each(unseen)("in %s", async (_, bucket) => {
      const kept = await bucketOf(`beside-${bucket}`, `s3a://${bucket}/sha256`);
      if (bucket !== "none") await bucketOf(bucket);
      const platform = await platformOn(kept);
      const joined = joinTimelines(platform, "s", timelinesForTests(20, 1));
      await expect(joined).rejects.toThrow("TABLE_NOT_SHARED");
    });
  });

  test("when Spark is down its own projects are told so, and no others", async () => {
    const platform = await platformOn();
    await platform.engines.ready();
    const timelines = timelinesForTests(20, 1);
    for (const project of ["d", "s"]) await joinTimelines(platform, project, timelines);
    const spine = await spineForTests(platform, timelines.spine.slice(0, 10));
    await server.kill9();
    await expect(trainTimelines(platform, "s", spine)).rejects.toThrow(
      /^TABLE_ENGINE_UNAVAILABLE: .*cannot be reached/,
    );
    expect(await trainTimelines(platform, "d", spine)).toMatchObject({ rowCount: 10n });
    // The service goes on; one that starts now waits.
    await platform.engines.ready();
    const { engines } = await platformOn();
    await expect(engines.ready()).rejects.toMatchObject({ reason: "TABLE_ENGINE_UNAVAILABLE" });
  });
});
