import { type Study, type Trial, TrialState } from "@throughline/contracts/throughline/tracking/v1/study_pb";
import type { GetStudyResultResponse } from "@throughline/contracts/throughline/tracking/v1/study_service_pb";
import { type Listed, listAll } from "../api/list-all.ts";
import type { Page } from "../api/use-pages.ts";

/** A study with what it found, and its trials. */
export interface FoundStudy {
  readonly study: Study | undefined;
  readonly result: GetStudyResultResponse;
  readonly trials: Listed<Trial>;
}

/** Where a study is read. */
export interface StudySource {
  study(signal: AbortSignal): Promise<Study | undefined>;
  result(signal: AbortSignal): Promise<GetStudyResultResponse>;
  trials(pageToken: string, signal: AbortSignal): Promise<Page<Trial>>;
}

const isEnded = ({ state }: Trial): boolean => state !== TrialState.RUNNING;

/**
 * Reads a study again and again, and asks each time only for what can have changed: a trial that has ended stays as it is, and the result with
 * all of them.
 */
export function studyReader(source: StudySource): (signal: AbortSignal) => Promise<FoundStudy> {
  let known: FoundStudy | undefined;
  const lasting = new Map<string, Page<Trial>>();
  return async (signal) => {
    const study = await source.study(signal);
    if (known && !known.trials.more && isSettled(known) && known.study?.trialCount === study?.trialCount)
      return { ...known, study };
    const trials = await listAll(async (token) => {
      const page = lasting.get(token) ?? (await source.trials(token, signal));
      if (page.next !== "" && page.items.every(isEnded)) lasting.set(token, page);
      return page;
    });
    const endedBefore = known?.trials.items.filter(isEnded).length;
    const isSame = !trials.more && endedBefore === trials.items.filter(isEnded).length;
    const result = known && isSame ? known.result : await source.result(signal);
    known = { study, result, trials };
    return known;
  };
}

const isSettled = ({ trials }: FoundStudy): boolean => trials.items.every(isEnded);
