import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { letGoSoon } from "./left-transactions.ts";
import type { Place } from "./lines.ts";
import { report } from "./report.ts";
import { type SweepOptions, type Swept, sweep } from "./sweep.ts";

/** A sweep with kills as a command. */
export interface SweepCommand extends Pick<SweepOptions, "program" | "aim" | "killsPerPlace"> {
  /** Names its folders. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Kills unless --kills says how many. */
  readonly kills: number;
  /** After how many kills of a lane it tells how far it is. */
  readonly tellEvery: number;
  /** Where blobs are unless --blobs says it. */
  blobsFor(store: string): string;
  /** True if --online may say that online values are in MongoDB. */
  readonly hasOnlineValues?: boolean;
}

/** Runs a sweep by the flags of its command line, and sets the exit code. */
export async function sweepCommand(command: SweepCommand): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      kills: { type: "string", default: String(command.kills) },
      seed: { type: "string", default: String(Date.now() % 2 ** 31) },
      lanes: { type: "string", default: "2" },
      store: { type: "string", default: "sqlite" },
      blobs: { type: "string" },
      online: { type: "string", default: "embedded" },
      // The program as one file, which starts several times as fast.
      program: { type: "string", default: command.program },
    },
  });
  const [kills, seed, lanes] = [flags.kills, flags.seed, flags.lanes].map(Number) as [number, number, number];
  if (![kills, seed, lanes].every((it) => Number.isSafeInteger(it) && it >= 0) || lanes < 1)
    throw new Error("--kills, --seed and --lanes are whole numbers, and there is at least one lane");
  const { store, program, online, blobs = command.blobsFor(store) } = flags;
  if (online !== "embedded" && (online !== "mongodb" || command.hasOnlineValues !== true))
    throw new Error("--online is embedded, or mongodb in the sweep of features");
  const servers = await startServers({ store, blobs, online }, command.environment);
  const root = await mkdtemp(join(tmpdir(), `throughline-${command.name}-`));
  const started = performance.now();
  const secondsPassed = (): number => (performance.now() - started) / 1_000;

  const lane = (number: number, share: number): Promise<Swept> => {
    let places = 0;
    let before = "";
    const newPlace = async (): Promise<Place> => {
      if (before !== "") await rm(before, { recursive: true, force: true, maxRetries: 5 });
      const name = `${command.name}-${number}-${++places}`;
      before = join(root, name);
      return servers.newPlace(before, name);
    };
    let told = 0;
    const progress = ({ kills: done, problems }: Swept): void => {
      for (const it of problems.slice(told)) console.log(`lane ${number}: ${it}`);
      told = problems.length;
      if (done % command.tellEvery !== 0) return;
      const seconds = secondsPassed().toFixed(0);
      console.log(`lane ${number}: ${done} of ${share} kills in ${seconds} s, ${problems.length} problems`);
    };
    return sweep({ ...command, program, kills: share, seed: seed + number, newPlace, progress });
  };

  console.log(`${kills} kills, seed ${seed}, ${lanes} lanes, ${store}, ${blobs}, online values ${online}`);
  try {
    const share = (number: number): number => Math.floor(kills / lanes) + (number < kills % lanes ? 1 : 0);
    const swept = await Promise.all(Array.from({ length: lanes }, (_, i) => lane(i, share(i))));
    const { text, failed } = report(swept, secondsPassed());
    console.log(text);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await servers.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Servers {
  /** A place with nothing in it. */
  newPlace(dir: string, name: string): Promise<Place>;
  stop(): Promise<void>;
}

/** Starts what is asked for. The launchers are loaded only where they are needed: they belong to tests. */
async function startServers(
  { store, blobs, online }: { readonly store: string; readonly blobs: string; readonly online: string },
  environment: SweepCommand["environment"],
): Promise<Servers> {
  const mongodb = [store, online].includes("mongodb") ? await startMongodb(environment) : undefined;
  const stored = store === "mongodb" ? mongodb : undefined;
  const served = online === "mongodb" ? mongodb : undefined;
  const s3 = blobs === "s3" ? await startS3(environment) : undefined;
  return {
    async newPlace(dir, name) {
      // To this server a bucket is a folder.
      if (s3) await mkdir(join(s3.dir, name));
      return {
        dir,
        store: stored ? `${stored.url}/${name}` : `sqlite://${join(dir, "metadata.db")}`,
        blobs: s3
          ? `s3://${s3.accessKey}:${s3.secretKey}@127.0.0.1:${s3.port}/${name}?tls=false`
          : `file://${join(dir, "blobs")}`,
        ...(served && { online: `${served.url}/${name}-online` }),
        servers: {
          ...(stored && { store: stored.dir }),
          ...(s3 && { blobs: join(s3.dir, name) }),
          ...(served && { online: served.dir }),
        },
      };
    },
    stop: async () => void (await Promise.all([mongodb?.stop(), s3?.stop()])),
  };
}

async function startMongodb(environment: SweepCommand["environment"]) {
  const { buildMongodbServer, startMongodbServer } = await import("@throughline/testing");
  const server = await startMongodbServer(await buildMongodbServer(environment));
  await letGoSoon(server.url);
  return server;
}

async function startS3(environment: SweepCommand["environment"]) {
  const { buildS3Servers, s3ServerKinds } = await import("@throughline/testing");
  await buildS3Servers(environment);
  const kind = s3ServerKinds(environment).find((it) => it.name === "minio");
  if (!kind) throw new Error("there is no MinIO to start");
  return kind.start();
}
