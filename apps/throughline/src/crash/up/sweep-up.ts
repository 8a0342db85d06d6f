import { setTimeout as delay } from "node:timers/promises";
import { FEATURE_WRITERS } from "../../testing-feature-writers.ts";
import { type Ledger, ledger } from "../../testing-ledger.ts";
import { kill9WhileStarting, startUp, type UpProcess } from "../../testing-process.ts";
import { answering } from "../../testing-shop.ts";
import { TRACKING_WRITERS } from "../../testing-tracking-writers.ts";
import { type Ground, prepareGround, WRITERS } from "../../testing-writers.ts";
import { KILLS_PER_WHOLE } from "../lines.ts";
import { type Random, randomFrom } from "../random.ts";

export interface UpSweepOptions {
  readonly kills: number;
  readonly seed: number;
  /** Folder for files of the writers. */
  readonly dir: string;
  /** Arguments of `throughline up` besides its addresses. */
  readonly args: readonly string[];
  /** Told after every kill, in words. */
  progress(line: string): void;
}

/** How a sweep went. */
export interface UpSwept {
  readonly kills: number;
  /** What was acknowledged, each with how to read it again. */
  readonly noted: number;
  /** What was not as it was acknowledged. */
  readonly problems: readonly string[];
}

const KILL_MS = { least: 300, most: 2_500 } as const;
/** The share of kills after which the platform is killed once more while it starts. */
const SHARE_STARTING = 0.25;
const STARTING_MS_MOST = 3_000;

/**
 * Kills `throughline up` and all that it has started at seeded moments while every service is written to, and starts it again on the
 * same data: what was acknowledged since the last kill must be there, and after every tenth kill and the last all that ever was.
 */
export async function sweepUp(options: UpSweepOptions): Promise<UpSwept> {
  const { kills, dir, args, progress } = options;
  const random = randomFrom(options.seed);
  const kept = ledger();
  const problems: string[] = [];
  let number = 0;
  let up = await startUp(...args);
  try {
    const ground = await prepareGround(up.connection, dir);
    for (let kill = 1; kill <= kills; kill++) {
      const killMs = KILL_MS.least + random() * (KILL_MS.most - KILL_MS.least);
      const before = kept.size;
      await writeUntilKilled(up, { ground, kept, next: () => ++number, killMs });
      const startingMs = startingFrom(random);
      if (startingMs !== undefined) await kill9WhileStarting(startingMs, ...args);
      up = await startUp(...args);
      await answering(up.connection, "durable");
      const isWhole = kill === kills || kill % KILLS_PER_WHOLE === 0;
      const found = await kept.missing(up.connection, isWhole ? 0 : before);
      problems.push(...[...found, ...(await holes(up, ground.model))].map((it) => `kill ${kill}: ${it}`));
      const again = startingMs === undefined ? "" : `, and ${Math.round(startingMs)} ms after the next start`;
      progress(`kill ${kill}: after ${Math.round(killMs)} ms and ${kept.size - before} writes${again}`);
    }
    const code = await up.stop();
    if (code !== 0) problems.push(`the platform ended with ${code} when it was asked to stop`);
    return { kills, noted: kept.size, problems };
  } finally {
    await up.kill9();
  }
}

/** When the platform is killed once more while it starts, if it is. */
const startingFrom = (random: Random): number | undefined =>
  random() < SHARE_STARTING ? random() * STARTING_MS_MOST : undefined;

/** Lets every writer write until the platform is killed; the writes under way then have no known outcome. */
async function writeUntilKilled(
  up: UpProcess,
  parts: { readonly ground: Ground; readonly kept: Ledger; readonly next: () => number; readonly killMs: number },
): Promise<void> {
  const { ground, kept, next, killMs } = parts;
  let isKilled = false;
  const writers = [...WRITERS, ...FEATURE_WRITERS, ...TRACKING_WRITERS].map(async (write) => {
    while (!isKilled) {
      try {
        await write({ connection: up.connection, ground, ledger: kept, number: next() });
      } catch (error) {
        if (!isKilled) throw error;
      }
    }
  });
  const before = kept.size;
  const moment = async (): Promise<void> => {
    await delay(killMs);
    // A kill before anything was acknowledged shows nothing.
    while (kept.size === before) await delay(10);
  };
  // A write that fails before the kill is a fault of its own.
  await Promise.race([moment(), Promise.all(writers)]);
  isKilled = true;
  await up.kill9();
  await Promise.all(writers);
}

/** Version numbers have no holes, whatever the kill interrupted. */
async function holes({ connection }: UpProcess, model: string): Promise<readonly string[]> {
  const versions: number[] = [];
  let pageToken = "";
  do {
    const page = await connection.registry.listModelVersions({ parent: model, pageToken });
    versions.push(...page.versions.map((it) => Number(it.version)));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  const isDense = versions.sort((a, b) => a - b).every((it, i) => it === i + 1);
  return isDense ? [] : [`${model} has the versions ${versions}`];
}
