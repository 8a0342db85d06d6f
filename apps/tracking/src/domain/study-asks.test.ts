import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileBlobStore } from "@throughline/blobs";
import { pageTokens, timeOrderedIds } from "@throughline/kernel";
import { everyDatabase } from "@throughline/testing";
import { expect, test } from "vitest";
import { openTracking } from "../open-tracking.ts";
import { studyStore } from "../store/study-store.ts";
import { settableClock } from "../testing-service.ts";
import { bell } from "./bell.ts";
import { createExperiment } from "./experiments.ts";
import { createStudy, getStudy, type Studies } from "./studies.ts";
import { askTrials } from "./study-asks.ts";
import { studyRuns } from "./study-runs.ts";
import { runKeyOf } from "./study-trial.ts";
import { tellTrial } from "./study-trials.ts";
import { turns } from "./turns.ts";

const NO_CALL = { requestId: "", method: "", principal: "", requestDigest: "" };
const [sqlite] = everyDatabase();

test("what a process leaves undone that ends in between, the next call does", async () => {
  if (sqlite === undefined) throw new Error("no database");
  const folder = await mkdtemp(join(tmpdir(), "throughline-studies-"));
  const [store, blobs] = [await sqlite.empty(), await fileBlobStore(join(folder, "blobs"))];
  const clock = settableClock(Date.UTC(2026, 0, 1));
  const given = { store, blobs, clock, newId: timeOrderedIds(clock), pageTokens: pageTokens(new Uint8Array(32)) };
  const tracking = openTracking(given);
  const alive: Studies = {
    tracking,
    store: studyStore(store, clock),
    runs: studyRuns(tracking),
    inTurn: turns(),
    deleted: bell(),
  };
  const gone = () => Promise.reject(new Error("the process ends here"));
  const dying: Studies = { ...alive, runs: { begin: gone, report: gone, end: gone } };
  const runOf = (trial: Parameters<typeof runKeyOf>[0]) => tracking.store.run(runKeyOf(trial));

  const content = { displayName: "e", description: "", tags: {}, retention: {} };
  const experiment = await createExperiment(tracking, { project: "p", content }, NO_CALL);
  const key = await createStudy(
    alive,
    {
      project: "p",
      actor: "a",
      content: {
        displayName: "s",
        experimentId: experiment.id,
        space: [{ name: "x", kind: "float", min: 0, max: 1, log: false }],
        objectives: [{ metric: "loss", direction: "MINIMIZE" }],
        sampler: { kind: "random" },
        pruner: { kind: "none" },
        seed: 0,
        trialsMax: 10,
        leaseMs: 1_000,
        retriesMax: 0,
      },
    },
    NO_CALL,
  );
  const ask = { key, count: 1, worker: "w" };

  // Asked with an id: the trial is given out, and its run comes with the repeated call.
  const call = { requestId: "r", method: "m", principal: "a", requestDigest: "d" };
  await expect(askTrials(dying, ask, call)).rejects.toThrow("ends here");
  const [first] = await askTrials(alive, ask, call);
  if (first === undefined) throw new Error("no trial");
  expect(first.number).toBe(0);
  expect((await runOf(first))?.params["x"]).toBe(String(first.params["x"]));

  // Told: the run ends with the repeated call.
  const trial = { project: "p", studyId: key.id, number: 0 };
  const end = { state: "COMPLETE", values: [1], failure: "", foldValues: [], exampleValues: [] } as const;
  await expect(tellTrial(dying, { key: trial, end })).rejects.toThrow("ends here");
  expect((await runOf(first))?.state).toBe("RUNNING");
  await tellTrial(alive, { key: trial, end });
  expect((await runOf(first))?.state).toBe("FINISHED");

  // Fallen silent: the run ends with the next ask.
  const [silent] = await askTrials(alive, ask, NO_CALL);
  if (silent === undefined) throw new Error("no trial");
  clock.set(clock.now() + 2_000);
  await expect(askTrials(dying, ask, NO_CALL)).rejects.toThrow("ends here");
  expect((await runOf(silent))?.state).toBe("RUNNING");
  await askTrials(alive, ask, NO_CALL);
  expect((await runOf(silent))?.state).toBe("FAILED");
  expect(await getStudy(alive, key)).toMatchObject({ trialCount: 3, endCount: 2, unsettled: [] });

  await blobs.close();
  await rm(folder, { recursive: true, force: true });
});
