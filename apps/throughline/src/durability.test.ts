import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { mongodbServerProgram, s3ServersToTest, startMongodbServer } from "@throughline/testing";
import { expect, onTestFinished, test } from "vitest";
import { type Ledger, ledger } from "./testing-ledger.ts";
import { startUp, type UpProcess } from "./testing-process.ts";
import { answering } from "./testing-shop.ts";
import { TRACKING_WRITERS } from "./testing-tracking-writers.ts";
import { type Ground, prepareGround, WRITERS } from "./testing-writers.ts";

/** The moments of the kills come from it: THROUGHLINE_TEST_SEED takes an earlier one again. */
const SEED = Number(process.env["THROUGHLINE_TEST_SEED"] ?? Date.now() % 2 ** 31);
const KILL_MS = { least: 300, most: 2_500 } as const;

/** Numbers from 0 to 1 that follow from the seed. */
function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-durability-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

/** Lets every writer write until the platform is killed; the writes under way then have no known outcome. */
async function writeUntilKilled(
  up: UpProcess,
  parts: { readonly ground: Ground; readonly kept: Ledger; readonly next: () => number; readonly killMs: number },
): Promise<void> {
  let isKilled = false;
  const writers = [...WRITERS, ...TRACKING_WRITERS].map(async (write) => {
    while (!isKilled) {
      const { ground, kept, next } = parts;
      try {
        await write({ connection: up.connection, ground, ledger: kept, number: next() });
      } catch (error) {
        if (!isKilled) throw error;
      }
    }
  });
  const before = parts.kept.size;
  const moment = async (): Promise<void> => {
    await delay(parts.killMs);
    // A kill before anything was acknowledged shows nothing.
    while (parts.kept.size === before) await delay(10);
  };
  // A write that fails before the kill is a fault of its own.
  await Promise.race([moment(), Promise.all(writers)]);
  isKilled = true;
  await up.kill9();
  await Promise.all(writers);
}

async function survives(rounds: number, args: (dir: string) => readonly string[]): Promise<void> {
  const dir = await folder();
  const random = randomNumbers(SEED);
  const kept = ledger();
  let number = 0;
  let up = await startUp(...args(dir));
  onTestFinished(() => up.kill9());
  const ground = await prepareGround(up.connection, dir);
  for (let round = 1; round <= rounds; round++) {
    const killMs = KILL_MS.least + random() * (KILL_MS.most - KILL_MS.least);
    const before = kept.size;
    await writeUntilKilled(up, { ground, kept, next: () => ++number, killMs });
    console.log(`round ${round}: killed after ${Math.round(killMs)} ms and ${kept.size - before} writes, seed ${SEED}`);
    up = await startUp(...args(dir));
    await answering(up.connection, "durable");
    expect(await kept.missing(up.connection)).toEqual([]);
    await expectDense(up, ground.model);
  }
  expect(await up.stop()).toBe(0);
}

/** Version numbers have no holes, whatever the kill interrupted. */
async function expectDense({ connection }: UpProcess, model: string): Promise<void> {
  const versions: number[] = [];
  let pageToken = "";
  do {
    const page = await connection.registry.listModelVersions({ parent: model, pageToken });
    versions.push(...page.versions.map((it) => Number(it.version)));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  expect(versions.sort((a, b) => a - b)).toEqual(versions.map((_, i) => i + 1));
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
