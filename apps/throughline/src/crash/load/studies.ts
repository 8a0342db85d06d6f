import { Direction, type Trial, TrialState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import type { AskTrialsResponse } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import type { Json } from "@throughline/kernel";
import type { Change } from "../lines.ts";
import { STUDIES_EXPERIMENT } from "./ground.ts";
import type { Load, Writer } from "./writer.ts";

/** A study whose trials are asked for, report, and are told, one after the other. */
export const writeStudies: Writer = async (load) => {
  const { studies, parent } = load.services;
  for (let number = 1; ; number++) {
    const displayName = `study ${load.id}-${number}`;
    const study = {
      displayName,
      experiment: `${parent}/experiments/${STUDIES_EXPERIMENT}`,
      space: [{ name: "rate", range: { case: "floatRange" as const, value: { min: 0, max: 1 } } }],
      objectives: [{ metric: "loss", direction: Direction.MINIMIZE }],
      sampler: { method: { case: "random" as const, value: {} } },
      seed: load.life,
    };
    const answer = await load.pen.write({
      what: "create a study",
      changes: [{ cell: `study:${displayName}`, value: "ACTIVE" }],
      call: () => studies.createStudy({ parent, requestId: displayName, study }),
    });
    const name = answer?.study?.name ?? "";
    for (let i = 0; i < 6; i++) await tryOnce(load, name, `${displayName} ${i}`);
    await load.pen.write({
      what: "stop a study",
      changes: [{ cell: `study:${displayName}`, value: "STOPPED" }],
      call: () => studies.stopStudy({ name }),
    });
  }
};

/** What a trial is to be that was given out. */
const ASKED: Readonly<Record<string, Json>> = { state: "RUNNING", run: "RUNNING", values: [], reports: [] };

/** What an answer tells of trials that were asked for. */
export const givenOut = ({ trials }: AskTrialsResponse): readonly Change[] =>
  trials.map((it) => ({ cell: cellOf(it), value: ASKED }));

const cellOf = ({ name }: Trial): string => `trial:${name.split("/studies/")[1]?.replace("/trials", "")}`;

async function tryOnce({ services, pen }: Load, study: string, requestId: string): Promise<void> {
  const { studies } = services;
  const ask = { study, count: 2, worker: "crash", requestId };
  const answer = await pen.write({
    what: "ask for trials",
    changes: [],
    retry: { method: "askTrials", request: ask, changes: [] },
    call: () => studies.askTrials(ask),
    learnt: givenOut,
  });
  for (const trial of answer?.trials ?? []) {
    const { name } = trial;
    const cell = cellOf(trial);
    const reported = { ...ASKED, reports: [[1, 0.5]] };
    await pen.write({
      what: "report of a trial",
      changes: [{ cell, value: reported }],
      call: () => studies.reportTrial({ name, step: 1n, value: 0.5 }),
    });
    const complete = { ...reported, state: "COMPLETE", values: [0.25] };
    const tell = { name, state: TrialState.COMPLETE, values: [0.25] };
    // The run ends behind the trial, at the latest when the worker, who was not answered, tells it again.
    const changes = [
      { cell, value: complete },
      { cell, value: { ...complete, run: "FINISHED" } },
    ];
    await pen.write({
      what: "tell a trial",
      changes,
      retry: { method: "tellTrial", request: tell, changes },
      call: () => studies.tellTrial(tell),
    });
  }
}
