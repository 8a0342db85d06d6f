import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { buildS3Servers, s3ServersToTest } from "./s3-server.ts";

const cache = await mkdtemp(join(tmpdir(), "throughline-cache-"));
afterAll(() => rm(cache, { recursive: true, force: true }));

test("no server is used unless it is asked for and built", async () => {
  expect(await s3ServersToTest({})).toEqual([]);
  expect(await s3ServersToTest({ THROUGHLINE_TEST_SERVERS: "1", THROUGHLINE_CACHE: cache })).toEqual([]);
});

test("a build without Go says what is missing, and leaves no program", async () => {
  await expect(buildS3Servers({ THROUGHLINE_CACHE: cache, PATH: cache })).rejects.toThrow(
    /minio could not be built with "go install .*"\. Is Go installed\?/,
  );
  expect(await readdir(join(cache, "servers", "bin"))).toEqual([]);
});

for (const kind of await s3ServersToTest(process.env)) {
  test(`${kind.name} starts, refuses strangers, and ends`, async () => {
    const server = await kind.start();
    expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(403);
    await server.stop();
    await expect(fetch(`http://127.0.0.1:${server.port}/`)).rejects.toThrow("fetch failed");
  });
}
