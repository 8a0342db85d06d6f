import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mongodbServerProgram, s3ServersToTest, startMongodbServer } from "@throughline/testing";
import { expect, onTestFinished, test } from "vitest";
import { sweepUp } from "./crash/up/sweep-up.ts";

/** The moments of the kills come from it: THROUGHLINE_TEST_SEED takes an earlier one again. */
const SEED = Number(process.env["THROUGHLINE_TEST_SEED"] ?? Date.now() % 2 ** 31);

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-durability-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

async function survives(kills: number, args: (dir: string) => readonly string[]): Promise<void> {
  const dir = await folder();
  const progress = (line: string): void => console.log(`${line}, seed ${SEED}`);
  const { problems, noted } = await sweepUp({ kills, seed: SEED, dir, args: args(dir), progress });
  expect(problems).toEqual([]);
  expect(noted).toBeGreaterThan(0);
}

test("every acknowledged write survives kill -9 of the platform", () =>
  survives(3, (dir) => ["--data", join(dir, "data")]));

test("every acknowledged write survives kill -9 with each service in a process of its own", () =>
  survives(1, (dir) => ["--data", join(dir, "data"), "--split"]));

const program = mongodbServerProgram(process.env);
const minio = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");

test.runIf(program !== undefined && minio !== undefined)(
  "every acknowledged write survives kill -9 on MongoDB and S3",
  async () => {
    if (program === undefined || minio === undefined) return;
    const [mongodb, s3] = await Promise.all([startMongodbServer(program), minio.start()]);
    onTestFinished(async () => void (await Promise.all([mongodb.stop(), s3.stop()])));
    // To this server a bucket is a folder.
    await mkdir(join(s3.dir, "throughline"));
    const store = `${mongodb.url}/throughline`;
    const blobs = `s3://${s3.accessKey}:${s3.secretKey}@127.0.0.1:${s3.port}/throughline?tls=false`;
    await survives(1, (dir) => ["--data", join(dir, "data"), "--store", store, "--blobs", blobs]);
  },
);
