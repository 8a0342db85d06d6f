import { canonicalRowBytes, isDomainError, systemClock, timeOrderedIds } from "@throughline/kernel";
import type { PredictionEntry } from "../domain/prediction.ts";
import { openPredictionLog } from "./open-log.ts";

/**
 * A process for the tests of the log: writes entries, several at a time, and prints the id of each once it is
 * acknowledged, until it is killed; with `until-failure`, until an entry is refused, whose reason it prints.
 */
const [, , dir = "", mode] = process.argv;
const log = await openPredictionLog({
  dir,
  newId: timeOrderedIds(systemClock),
  sync: false,
  segmentBytesMax: 100_000,
  pendingBytesMax: 1_000_000,
});

function entryOf(i: number): PredictionEntry {
  const facts = { release: "r", digest: "d", features: [], viewVersions: {}, path: [], thresholds: {} };
  const vector = [{ value: i, status: "present" as const }];
  const vectorBytes = canonicalRowBytes([i]);
  return { facts, score: i, vector, vectorBytes, entity: {}, asOfNs: 0n, timeMs: 0, latencyUs: 0 };
}

for (let i = 0; ; i += 8) {
  const entries = Array.from({ length: mode === "until-failure" ? 1 : 8 }, (_, k) => entryOf(i + k));
  try {
    const logged = await Promise.all(entries.map((it) => log.append("projects/p/deployments/d", it)));
    process.stdout.write(logged.map((it) => `${it.id}\n`).join(""));
  } catch (error) {
    process.stdout.write(`${isDomainError(error) ? error.reason : String(error)}\n`);
    break;
  }
}
