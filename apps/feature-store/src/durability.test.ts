import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fromNs, valueFromProto, valueToProto } from "@throughline/rpc";
import { openStore } from "@throughline/store";
import { mongodbServerProgram, type S3ServerKind, s3ServersToTest, startMongodbServer } from "@throughline/testing";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { testPlatform } from "./testing-platform.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "feature-store-killed-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Addresses of what outlives the process. */
interface Stores {
  readonly store: string;
  readonly blobs: string;
}

const program = mongodbServerProgram(process.env);
const minio = (await s3ServersToTest(process.env)).find((it) => it.name === "minio");
const onServers = async ({ program, minio }: { readonly program: string; readonly minio: S3ServerKind }) => {
  const [mongodb, s3] = await Promise.all([startMongodbServer(program), minio.start()]);
  onTestFinished(async () => void (await Promise.all([mongodb.stop(), s3.stop()])));
  // To this server a bucket is a folder.
  await mkdir(join(s3.dir, "features"));
  const blobs = `s3://${s3.accessKey}:${s3.secretKey}@127.0.0.1:${s3.port}/features?tls=false`;
  return { store: `${mongodb.url}/features`, blobs };
};
const inFolder = async () => ({
  store: `sqlite://${join(folder, "store.db")}`,
  blobs: `file://${join(folder, "blobs")}`,
});
const EVERYWHERE: readonly (readonly [string, () => Promise<Stores>])[] = [
  ["SQLite and files", inFolder],
  ...(program && minio ? [["MongoDB and S3", () => onServers({ program, minio })] as const] : []),
];

/** Lets a process push rows until it acknowledged so many, kills it, and returns the last acknowledged one. */
async function killedAfter(acknowledgements: number, { store, blobs }: Stores): Promise<number> {
  const pusher = spawn(process.execPath, [join(import.meta.dirname, "testing-pusher.ts"), folder, store, blobs], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = 0;
  for await (const line of createInterface(pusher.stdout)) {
    last = Number(line);
    // Killed between two acknowledgements: the next push is under way somewhere.
    if (last === acknowledgements) pusher.kill("SIGKILL");
  }
  if (pusher.exitCode === null && pusher.signalCode === null) await once(pusher, "exit");
  return last;
}

test.each(EVERYWHERE)(
  "what was pushed, merged and reverted before a kill -9 is so, once and online, when the service opens again, on %s",
  async (_, open) => {
    const stores = await open();
    const acknowledged = await killedAfter(13, stores);
    expect(acknowledged).toBeGreaterThanOrEqual(13);
    const store = await openStore(stores.store);
    onTestFinished(() => store.close());
    const platform = await testPlatform(folder, { blobs: stores.blobs, store });
    const featureService = "projects/p/featureServices/f";
    const rows = [{ values: { id: valueToProto(1n) } }];
    const { vectors } = await platform.features.getOnlineFeatures({ featureService, rows, asOf: fromNs(1_000_000n) });
    const [newest, count] = vectors[0]?.values.map((it) => valueFromProto(it.value)) ?? [];
    const { source } = await platform.features.getSource({ name: "projects/p/sources/s" });
    const read = await platform.dataVersions.readSource({ source: "projects/p/sources/s", pageSize: 1_000 });
    await platform.close();
    const numbers = read.rows.map((it) => Number(valueFromProto(it.values["n"])));
    const right = numbers.filter((it) => it > 0);
    const wrong = numbers.filter((it) => it < 0);
    expect(right).toEqual(Array.from({ length: right.length }, (_, i) => i + 1));
    expect(right.length).toBeGreaterThanOrEqual(acknowledged);
    // Only the last wrong row may be there still: its revert was not acknowledged.
    expect(wrong.filter((it) => -it <= acknowledged)).toEqual([]);
    expect([count, source?.rowCount]).toEqual([BigInt(numbers.length), BigInt(numbers.length)]);
    expect(newest).toBe(BigInt(numbers.at(-1) ?? 0));
  },
);
