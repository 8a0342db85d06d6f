/** The crash sweep as a command: `npm run sweep -- crash`. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Place } from "./lines.ts";
import { report } from "./report.ts";
import { type Swept, sweep } from "./sweep.ts";

const { values: flags } = parseArgs({
  options: {
    kills: { type: "string", default: "4000" },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    lanes: { type: "string", default: "2" },
    store: { type: "string", default: "sqlite" },
    blobs: { type: "string", default: "files" },
  },
});
const [kills, seed, lanes] = [flags.kills, flags.seed, flags.lanes].map(Number) as [number, number, number];
if (![kills, seed, lanes].every((it) => Number.isSafeInteger(it) && it >= 0) || lanes < 1)
  throw new Error("--kills, --seed and --lanes are whole numbers, and there is at least one lane");

const PROGRAM = join(import.meta.dirname, "./child.ts");

const root = await mkdtemp(join(tmpdir(), "throughline-crash-"));

interface Servers {
  /** URL of a store with nothing in it. */
  store(dir: string, name: string): string;
  /** URL of blobs with nothing in them. */
  blobs(dir: string, name: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts what the flags ask for. The launchers are loaded only where they are needed: they belong to tests. */
async function startServers(): Promise<Servers> {
  const stops: (() => Promise<void>)[] = [];
  let store: Servers["store"] = (dir) => `sqlite://${join(dir, "metadata.db")}`;
  let blobs: Servers["blobs"] = async (dir) => `file://${join(dir, "blobs")}`;
  if (flags.store === "mongodb") {
    const { buildMongodbServer, startMongodbServer } = await import("@throughline/testing");
    const server = await startMongodbServer(await buildMongodbServer(process.env));
    stops.push(() => server.stop());
    store = (_, name) => `${server.url}/${name}`;
  }
  if (flags.blobs === "s3") {
    const { buildS3Servers, s3ServerKinds } = await import("@throughline/testing");
    await buildS3Servers(process.env);
    const kind = s3ServerKinds(process.env).find((it) => it.name === "minio");
    if (!kind) throw new Error("there is no MinIO to start");
    const server = await kind.start();
    stops.push(() => server.stop());
    blobs = async (_, name) => {
      // To this server a bucket is a folder.
      await mkdir(join(server.dir, name));
      return `s3://${server.accessKey}:${server.secretKey}@127.0.0.1:${server.port}/${name}?tls=false`;
    };
  }
  return { store, blobs, stop: async () => void (await Promise.all(stops.map((it) => it()))) };
}

const servers = await startServers();
const started = performance.now();

async function lane(number: number, share: number): Promise<Swept> {
  let places = 0;
  let dir = "";
  const newPlace = async (): Promise<Place> => {
    if (dir !== "") await rm(dir, { recursive: true, force: true });
    const name = `crash-${number}-${++places}`;
    dir = join(root, name);
    return { dir, store: servers.store(dir, name), blobs: await servers.blobs(dir, name) };
  };
  const progress = ({ kills: done, problems }: Swept): void => {
    if (done % 50 !== 0) return;
    const seconds = (performance.now() - started) / 1_000;
    console.log(`lane ${number}: ${done} of ${share} kills in ${seconds.toFixed(0)} s, ${problems.length} problems`);
  };
  return sweep({ kills: share, seed: seed + number, program: PROGRAM, newPlace, progress });
}

console.log(`${kills} kills, seed ${seed}, ${lanes} lanes, ${flags.store}, ${flags.blobs}`);
try {
  const share = (number: number): number => Math.floor(kills / lanes) + (number < kills % lanes ? 1 : 0);
  const swept = await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i, share(i))));
  const { text, failed } = report(swept, (performance.now() - started) / 1_000);
  console.log(text);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  await servers.stop();
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
}
