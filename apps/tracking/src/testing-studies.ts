import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import { pageTokens, timeOrderedIds } from "@throughline/kernel";
import type { Store } from "@throughline/store";
import { bell } from "./domain/bell.ts";
import { createExperiment } from "./domain/experiments.ts";
import { createStudy, type Studies } from "./domain/studies.ts";
import type { Study, StudyContent } from "./domain/study.ts";
import { studyRuns } from "./domain/study-runs.ts";
import { turns } from "./domain/turns.ts";
import { openTracking } from "./open-tracking.ts";
import { studyStore } from "./store/study-store.ts";
import { settableClock } from "./testing-service.ts";

export const NO_CALL = { requestId: "", method: "", principal: "", requestDigest: "" };

/** Studies without a service about them. `opened` is what a process that starts now sees. */
export async function testingStudies(store: Store) {
  const folder = await mkdtemp(join(tmpdir(), "throughline-studies-"));
  const blobs = await fileBlobStore(join(folder, "blobs"));
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const given = { store, blobs, clock, newId: timeOrderedIds(clock), pageTokens: pageTokens(new Uint8Array(32)) };
  const tracking = openTracking(given);
  const opened = (): Studies => ({
    tracking,
    store: studyStore(store, clock),
    runs: studyRuns(tracking),
    inTurn: turns(),
    deleted: bell(),
  });
  return {
    tracking,
    clock,
    opened,
    async study(said: Partial<StudyContent>): Promise<Study> {
      const content = { displayName: "e", description: "", tags: {}, retention: {} };
      const experiment = await createExperiment(tracking, { project: "p", content }, NO_CALL);
      const study = { ...CONTENT, ...said, experimentId: experiment.id };
      return createStudy(opened(), { project: "p", actor: "a", content: study }, NO_CALL);
    },
    async close(): Promise<void> {
      await blobs.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const CONTENT = {
  displayName: "s",
  space: [{ name: "x", kind: "float", min: 0, max: 1, log: false }],
  objectives: [{ metric: "loss", direction: "MINIMIZE" }],
  sampler: { kind: "random" },
  pruner: { kind: "none" },
  seed: 0,
  trialsMax: 10,
  leaseMs: 1_000,
  retriesMax: 0,
} as const satisfies Partial<StudyContent>;
