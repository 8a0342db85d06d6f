import { Direction, type Study, type Trial, TrialState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { expect, test } from "vitest";
import { resourcePath } from "../thread/names.ts";
import type { Clients } from "./clients.ts";
import type { Looking } from "./looking.ts";

const PARENT = "projects/searching";
const TRIALS = 24;

/** The value of a parameter of a trial; 0 if it has none. */
const paramOf = (trial: Trial, name: string): number => Number(trial.params[name]?.kind.value ?? 0);

/** A study whose loss is least at a rate near 0.01, of which one trial failed and one was pruned. */
async function makeStudy({ tracking, studies }: Clients): Promise<Study> {
  const made = await tracking.createExperiment({ parent: PARENT, experiment: { displayName: "search" } });
  const { study } = await studies.createStudy({
    parent: PARENT,
    study: {
      displayName: "rates and layers",
      experiment: made.experiment?.name ?? "",
      space: [
        { name: "rate", range: { case: "floatRange", value: { min: 0.0001, max: 1, log: true } } },
        { name: "layers", range: { case: "intRange", value: { min: 1n, max: 4n } } },
        { name: "kind", range: { case: "categories", value: { choices: ["plain", "gated"] } } },
        {
          name: "drop",
          range: { case: "floatRange", value: { min: 0, max: 0.5 } },
          condition: { parent: "kind", values: [{ kind: { case: "category", value: "gated" } }] },
        },
      ],
      objectives: [{ metric: "loss", direction: Direction.MINIMIZE }],
      seed: 4,
      trialsMax: 100,
    },
  });
  const name = study?.name ?? "";
  for (let i = 0; i < TRIALS; i++) {
    const [trial] = (await studies.askTrials({ study: name, count: 1, worker: "desk" })).trials;
    if (!trial) throw new Error("no trial was given out");
    if (i === 3) await studies.tellTrial({ name: trial.name, state: TrialState.FAILED, failure: "out of memory" });
    else if (i === 5) await studies.tellTrial({ name: trial.name, state: TrialState.PRUNED });
    else await studies.tellTrial({ name: trial.name, state: TrialState.COMPLETE, values: [lossOf(trial)] });
  }
  return (await studies.getStudy({ name })).study ?? expect.unreachable();
}

const lossOf = (trial: Trial): number => (Math.log10(paramOf(trial, "rate")) + 2) ** 2 + paramOf(trial, "layers") / 10;

/** The pages of studies. */
export function describeStudyPages({ page, clients, open, sees, complaints }: Looking): void {
  test("a study shows its best trial, how it came about, which parameters matter, and every trial as it ends", async () => {
    const { studies } = clients();
    const { name } = await makeStudy(clients());
    await open("/p/searching/studies");
    await sees("24 of 100");
    await sees("loss, less is better");
    await page().getByRole("link", { name: "rates and layers" }).click();
    expect(new URL(page().url()).pathname).toBe(resourcePath(name));
    const card = (title: string) =>
      page().locator("section.card", { has: page().getByRole("heading", { name: title, exact: true }) });
    const { bestTrials, importances } = await studies.getStudyResult({ name });
    await card("Best trial")
      .getByRole("link", { name: `trial ${bestTrials[0]?.number}`, exact: true })
      .waitFor();
    await sees("Worth on new data: not known");
    await sees("0.0001 to 1, by its logarithm");
    await sees("kind is gated");
    const byImportance = importances.toSorted((a, b) => b.importance - a.importance).map((it) => it.parameter);
    expect(byImportance).toHaveLength(4);
    await expect
      .poll(() => card("Importance").locator("tbody tr td:first-child").allTextContents())
      .toEqual(byImportance);
    await expect.poll(() => card("History").locator("canvas").count()).toBe(2);
    const lines = page().locator(".coordinates .line");
    await expect.poll(() => lines.count()).toBe(TRIALS - 2);
    const best = page().locator(".coordinates .best title");
    expect(await best.textContent()).toContain(`trial ${bestTrials[0]?.number}:`);
    expect(await page().locator(".coordinates .axis-title title").allTextContents()).toEqual([
      "rate",
      "layers",
      "kind",
      "drop",
      "loss",
    ]);
    await expect.poll(() => card("Trials").locator("tbody tr").count()).toBe(TRIALS);
    await sees("failed");
    await sees("pruned");
    // Another one that is told shows by itself.
    const [next] = (await studies.askTrials({ study: name, count: 1, worker: "late" })).trials;
    await studies.tellTrial({ name: next?.name ?? "", state: TrialState.COMPLETE, values: [0] });
    await expect.poll(() => lines.count(), { timeout: 60_000 }).toBe(TRIALS - 1);
    await card("Best trial")
      .getByRole("link", { name: `trial ${next?.number}`, exact: true })
      .click();
    await expect.poll(() => new URL(page().url()).pathname).toBe(resourcePath(next?.run ?? ""));
    expect(complaints).toEqual([]);
  });
}
