import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mongodbServerProgram, s3ServersToTest, startMongodbServer } from "@throughline/testing";
import { expect, onTestFinished, test } from "vitest";
import { letGoSoon } from "../left-transactions.ts";
import type { Place } from "../lines.ts";
import { type Swept, sweep } from "../sweep.ts";
import { atStep } from "./aim.ts";

/** The moments of the kills come from it: THROUGHLINE_TEST_SEED takes an earlier one again. */
const SEED = Number(process.env["THROUGHLINE_TEST_SEED"] ?? Date.now() % 2 ** 31);
const TIMEOUT_MS = 900_000;
const KILLS = 6;

const program = mongodbServerProgram(process.env);
const minio = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");

async function folder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-features-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return dir;
}

const inFolder = (dir: string): Place => ({
  dir,
  store: `sqlite://${join(dir, "metadata.db")}`,
  blobs: `file://${join(dir, "blobs")}`,
});

async function onServers(dir: string): Promise<Place> {
  if (program === undefined || minio === undefined) throw new Error("there are no servers");
  const [mongodb, s3] = await Promise.all([startMongodbServer(program), minio.start()]);
  onTestFinished(async () => void (await Promise.all([mongodb.stop(), s3.stop()])));
  await letGoSoon(mongodb.url);
  // To this server a bucket is a folder.
  await mkdir(join(s3.dir, "features"));
  return {
    dir,
    store: `${mongodb.url}/features`,
    blobs: `s3://${s3.accessKey}:${s3.secretKey}@127.0.0.1:${s3.port}/features?tls=false`,
    online: `${mongodb.url}/online`,
    servers: { store: mongodb.dir, blobs: join(s3.dir, "features"), online: mongodb.dir },
  };
}

/** Calls `harm` after each kill. */
const swept = (place: Place, kills: number, harm?: (sofar: Swept) => Promise<void>): Promise<Swept> =>
  sweep({
    kills,
    seed: SEED,
    program: join(import.meta.dirname, "./child.ts"),
    aim: atStep,
    newPlace: async () => place,
    ...(harm && { progress: harm }),
  });

const LANES = [
  ["SQLite and files", async (dir: string) => inFolder(dir)] as const,
  ...(program && minio ? [["MongoDB, for online values too, and S3", onServers] as const] : []),
];

test.each(LANES)(
  "kill -9 at any step of ingestion, materialisation, compaction and revert loses nothing and leaves nothing, on %s",
  async (_, placeIn) => {
    const { kills, problems, acknowledged } = await swept(await placeIn(await folder()), KILLS);
    const writes = [...acknowledged.values()].reduce((sum, it) => sum + it, 0);
    console.log(`${writes} acknowledged writes, seed ${SEED}`);
    expect(problems).toEqual([]);
    expect(kills).toBe(KILLS);
  },
  TIMEOUT_MS,
);

test(
  "the sweep tells of segments whose bytes are gone, and of files that nothing names",
  async () => {
    const place = inFolder(await folder());
    const objects = join(place.dir, "blobs/objects");
    const { problems } = await swept(place, 3, async ({ kills }) => {
      if (kills !== 3) return;
      for (const entry of await readdir(objects, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) await rm(join(entry.parentPath, entry.name));
      const hex = "ab".repeat(32);
      await mkdir(join(objects, "ab/ab"), { recursive: true });
      await writeFile(join(objects, "ab/ab", hex), "nobody's");
    });
    expect(problems.length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
