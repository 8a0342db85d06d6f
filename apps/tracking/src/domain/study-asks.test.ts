import { everyDatabase } from "@throughline/testing";
import { expect, test } from "vitest";
import { NO_CALL, testingStudies } from "../testing-studies.ts";
import { getStudy, type Studies } from "./studies.ts";
import { askTrials } from "./study-asks.ts";
import { endedTrial, newTrial, runKeyOf } from "./study-trial.ts";
import { tellTrial } from "./study-trials.ts";

async function sqliteStore() {
  const [sqlite] = everyDatabase();
  if (sqlite === undefined) throw new Error("no database");
  return sqlite.empty();
}

test("what a process leaves undone that ends in between, the next call does", async () => {
  const { tracking, clock, opened, study, close } = await testingStudies(await sqliteStore());
  const alive = opened();
  const gone = () => Promise.reject(new Error("the process ends here"));
  const dying: Studies = { ...alive, runs: { begin: gone, report: gone, end: gone } };
  const runOf = (trial: Parameters<typeof runKeyOf>[0]) => tracking.store.run(runKeyOf(trial));
  const key = await study({});
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

  await close();
});

test("others get their turns while the generations of a large study are found again", async () => {
  const { clock, opened, study, close } = await testingStudies(await sqliteStore());
  const space = Array.from(
    { length: 64 },
    (_, i) => ({ name: `p${i}`, kind: "float", min: 0, max: 1, log: false }) as const,
  );
  const asked = await study({ space, sampler: { kind: "cma-es" }, trialsMax: 1_000 });
  const [population, count] = [16, 320];
  const someUnit = (i: number): number => ((i * 7_919) % 10_007) / 10_007;
  const trials = Array.from({ length: count }, (_, number) => {
    const params = Object.fromEntries(space.map(({ name }, i) => [name, someUnit(number * space.length + i)]));
    const at = { number, runId: `r${number}`, worker: "w", timeMs: clock.now() };
    const trial = newTrial(asked, { params, generation: 1 + Math.floor(number / population), attempts: 1 }, at);
    const end = {
      state: "COMPLETE",
      values: [someUnit(number)],
      failure: "",
      foldValues: [],
      exampleValues: [],
    } as const;
    return endedTrial({ ...trial, revision: 0 }, end, { ended: number + 1, clock });
  });
  const after = { ...asked, trialCount: count, endCount: count, revision: asked.revision + 1 };
  const studies = opened();
  await studies.store.commit(async () => ({ change: { study: after, trials }, response: {} }));

  // What this thread computes is counted, and not what it waits for on a busy machine.
  const computed: number[] = [];
  let before = process.threadCpuUsage();
  let isOver = false;
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(before);
    computed.push(user + system);
    before = process.threadCpuUsage();
    if (!isOver) setImmediate(look);
  };
  setImmediate(look);
  const [next] = await askTrials(studies, { key: asked, count: 1, worker: "w" }, NO_CALL);
  isOver = true;
  expect(next).toMatchObject({ number: count, generation: 1 + count / population });
  expect(Math.max(...computed)).toBeLessThan(computed.reduce((sum, it) => sum + it) / 2);
  await close();
});
