import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Swept, sweep } from "./sweep.ts";

/** The moments of the kills come from it: THROUGHLINE_TEST_SEED takes an earlier one again. */
const SEED = Number(process.env["THROUGHLINE_TEST_SEED"] ?? Date.now() % 2 ** 31);
const TIMEOUT_MS = 600_000;

/** Sweeps on SQLite and files, and calls `harm` with the folder of the data after each kill. */
async function swept(kills: number, seed: number, harm?: (dir: string, sofar: Swept) => Promise<void>): Promise<Swept> {
  const dir = await mkdtemp(join(tmpdir(), "throughline-crash-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  return sweep({
    kills,
    seed,
    program: join(import.meta.dirname, "./child.ts"),
    newPlace: async () => ({
      dir,
      store: `sqlite://${join(dir, "metadata.db")}`,
      blobs: `file://${join(dir, "blobs")}`,
    }),
    progress: (sofar) => harm?.(dir, sofar),
  });
}

test(
  "tracking and registry lose nothing acknowledged, and show nothing half, over 10 kills",
  async () => {
    const { kills, problems, acknowledged } = await swept(10, SEED);
    const writes = [...acknowledged.values()].reduce((sum, it) => sum + it, 0);
    console.log(`${writes} acknowledged writes, seed ${SEED}`);
    expect(problems).toEqual([]);
    expect(kills).toBe(10);
    expect(writes).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

/** Its first kills hit processes that have written for a while. */
const WRITING_SEED = 9;

test(
  "a sweep tells of writes that were lost",
  async () => {
    const { problems } = await swept(3, WRITING_SEED, async (dir, { kills }) => {
      // What a database does that forgets to sync: it is as it was before.
      const [now, before] = [join(dir, "metadata.db"), join(dir, "before.db")];
      for (const end of ["", "-wal"]) {
        if (kills === 1) await cp(now + end, before + end);
        if (kills === 3) await cp(before + end, now + end);
      }
      if (kills === 3) await rm(`${now}-shm`, { force: true });
    });
    expect(problems.filter((it) => / is null, and not /.test(it)).length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);

test(
  "a sweep tells of files whose bytes are gone",
  async () => {
    const { problems } = await swept(3, WRITING_SEED, async (dir, { kills }) => {
      if (kills !== 3) return;
      const objects = join(dir, "blobs/objects");
      for (const entry of await readdir(objects, { recursive: true, withFileTypes: true }))
        if (entry.isFile()) await rm(join(entry.parentPath, entry.name));
    });
    expect(problems.filter((it) => it.includes("its bytes cannot be read")).length).toBeGreaterThan(0);
  },
  TIMEOUT_MS,
);
