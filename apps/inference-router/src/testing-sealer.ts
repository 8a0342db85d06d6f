import { writeSync } from "node:fs";
import { canonicalRowBytes } from "@throughline/kernel";
import { sealer } from "./domain/sealing/sealer.ts";
import { openSealing } from "./testing-sealing.ts";

/**
 * A process for the tests of sealing: appends a few predictions, lets two hours pass and seals, again and again until it is killed. It
 * prints `id ...` for each prediction that is acknowledged, and `step ...` before and after each step of sealing.
 */
const [, , dir = "", startMs = "0"] = process.argv;
const time = { nowMs: Number(startMs) };
const clock = { now: () => time.nowMs };
const say = (line: string): void => void writeSync(1, `${line}\n`);
const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
  say(`step before ${name}`);
  const done = await work();
  say(`step after ${name}`);
  return done;
};
const { tables, log, sealed, file } = await openSealing(dir, clock);
const sealing = sealer({
  log,
  tables,
  clock,
  lookMs: 1e9,
  localMs: 2 * 3_600_000,
  lineage: () => [],
  sealed: {
    ...sealed,
    begin: (it) => step("begin", () => sealed.begin(it)),
    finish: (it, along) => step("finish", () => sealed.finish(it, along)),
  },
  file: {
    ...file,
    keep: (path) => step("keep", () => file.keep(path)),
  },
  onProblem: (_, error) => say(`problem ${error}`),
});

const facts = { release: "r", digest: "d", features: ["a"], viewVersions: {}, path: [], thresholds: {} };
for (let i = 0; ; i++) {
  for (let k = 0; k < 5; k++) {
    const value = k === 4 ? "large".repeat(300) : `${i} ${k}`;
    const vector = [{ value, status: "present" as const }];
    const entry = {
      facts,
      score: k,
      vector,
      vectorBytes: canonicalRowBytes([value]),
      entity: {},
      inlineBytesMax: 1_024,
    };
    const { id } = await log.append("projects/p/deployments/d", {
      ...entry,
      asOfNs: 0n,
      timeMs: time.nowMs,
      latencyUs: 1,
    });
    say(`id ${id}`);
  }
  time.nowMs += 2 * 3_600_000;
  say(`time ${time.nowMs}`);
  await sealing.look();
}
