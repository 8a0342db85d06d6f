import { RunState } from "@throughline/contracts/throughline/tracking/v1/run_pb";
import { StudyState, type Trial, TrialState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import type { Json } from "@throughline/kernel";
import { unlessMissing } from "../content.ts";
import type { Services } from "../services.ts";
import type { Reader } from "./reader.ts";

/** The states of studies, by title: each has one of its own. */
export const readStudies: Reader = async ({ studies, parent }, titles) => {
  const wanted = new Set(titles);
  const found = new Map<string, Json>();
  let pageToken = "";
  do {
    const page = await studies.listStudies({ parent, pageSize: 1_000, pageToken });
    for (const { displayName, state } of page.studies)
      if (wanted.has(displayName))
        found.set(displayName, found.has(displayName) ? "there twice" : (StudyState[state] ?? ""));
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
};

/** Trials with the state of the run that each is, by `study/number`. */
export const readTrials: Reader = async (services, names) => {
  const found = new Map<string, Json>();
  for (const study of studiesOf(names))
    for (const trial of await trialsOf(services, study))
      found.set(`${study}/${trial.number}`, {
        state: TrialState[trial.state] ?? "",
        run: await stateOfRun(services, trial.run),
        values: trial.values,
        reports: trial.reports.map((it) => [Number(it.step), it.value]),
      });
  return found;
};

async function stateOfRun({ tracking }: Services, name: string): Promise<string> {
  const answer = await unlessMissing(tracking.getRun({ name }));
  return answer?.run ? (RunState[answer.run.state] ?? "") : "not there";
}

/** Every trial, also one that nobody was told of, has a number of its own without holes. */
export async function checkTrials(services: Services, names: readonly string[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const study of studiesOf(names)) {
    const trials = await trialsOf(services, study);
    const numbers = trials.map((it) => it.number).sort((a, b) => a - b);
    if (numbers.some((it, i) => it !== i + (numbers[0] ?? 0)) || (numbers[0] ?? 0) > 1)
      problems.push(`the trials of ${study} have the numbers ${numbers}`);
  }
  return problems;
}

const studiesOf = (names: readonly string[]): ReadonlySet<string> => new Set(names.map((it) => it.split("/")[0] ?? ""));

async function trialsOf({ studies, parent }: Services, study: string): Promise<readonly Trial[]> {
  const answer = await unlessMissing(studies.listTrials({ study: `${parent}/studies/${study}`, pageSize: 1_000 }));
  return answer?.trials ?? [];
}
