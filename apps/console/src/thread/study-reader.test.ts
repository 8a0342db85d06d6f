import { create } from "@bufbuild/protobuf";
import {
  StudySchema,
  type Trial,
  TrialSchema,
  TrialState,
} from "@throughline/contracts/throughline/tracking/v1/study_pb";
import { GetStudyResultResponseSchema } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { expect, test } from "vitest";
import { studyReader } from "./study-reader.ts";

const PAGE = 2;
const trial = (number: number, state: TrialState): Trial => create(TrialSchema, { name: `t${number}`, number, state });

test("only what can have changed is asked for again", async () => {
  const trials = [0, 1, 2].map((it) => trial(it, it < 2 ? TrialState.COMPLETE : TrialState.RUNNING));
  const asked: string[] = [];
  const read = studyReader({
    async study() {
      return create(StudySchema, { trialCount: trials.length });
    },
    async result() {
      asked.push("result");
      return create(GetStudyResultResponseSchema, {});
    },
    async trials(token) {
      asked.push(`trials ${token}`);
      const from = Number(token);
      const next = from + PAGE < trials.length ? String(from + PAGE) : "";
      return { items: trials.slice(from, from + PAGE), next };
    },
  });
  const after = async () => {
    asked.length = 0;
    const { trials: listed } = await read(new AbortController().signal);
    expect(listed.items).toEqual(trials);
    return [...asked];
  };
  expect(await after()).toEqual(["trials ", "trials 2", "result"]);
  // One runs: the page of it is looked at, and nothing more as long as it does.
  expect(await after()).toEqual(["trials 2"]);
  trials[2] = trial(2, TrialState.PRUNED);
  expect(await after()).toEqual(["trials 2", "result"]);
  expect(await after()).toEqual([]);
  trials.push(trial(3, TrialState.RUNNING));
  expect(await after()).toEqual(["trials 2"]);
});
